#ifndef TALKTIME_CHIREDIS_SHIM_H
#define TALKTIME_CHIREDIS_SHIM_H
#include <hiredis/read.h>
#include <hiredis/hiredis.h>
#endif
