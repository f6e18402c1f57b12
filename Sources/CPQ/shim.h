#ifndef TALKTIME_CPQ_SHIM_H
#define TALKTIME_CPQ_SHIM_H
#include <libpq-fe.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#endif
