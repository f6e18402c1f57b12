#ifndef TALKTIME_CPQ_SHIM_H
#define TALKTIME_CPQ_SHIM_H
#include <libpq-fe.h>
#endif
