#ifndef TALKTIME_CSODIUM_SHIM_H
#define TALKTIME_CSODIUM_SHIM_H
#include <sodium.h>
#endif
