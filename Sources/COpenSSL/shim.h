#ifndef TALKTIME_COPENSSL_SHIM_H
#define TALKTIME_COPENSSL_SHIM_H
#include <openssl/crypto.h>
#include <openssl/evp.h>
#endif
