#ifndef TALKTIME_CCURL_SHIM_H
#define TALKTIME_CCURL_SHIM_H
#include <curl/curl.h>
#endif
