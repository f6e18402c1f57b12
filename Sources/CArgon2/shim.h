#ifndef TALKTIME_CARGON2_SHIM_H
#define TALKTIME_CARGON2_SHIM_H
#include <argon2.h>
#endif
