#pragma once
#include <curl/curl.h>

// curl_easy_setopt and its kin are variadic, and Swift cannot call those: one function a kind of argument.
static inline CURLcode tt_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode tt_curl_set_large(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}
// libcurl copies what it is given with a string option.
static inline CURLcode tt_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode tt_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}
typedef size_t (*tt_curl_sink)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode tt_curl_set_sink(CURL *handle, CURLoption option, tt_curl_sink sink) {
  return curl_easy_setopt(handle, option, sink);
}
static inline CURLcode tt_curl_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode tt_curl_get_large(CURL *handle, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline CURLMcode tt_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
// CURLMsg keeps its result in a union.
static inline CURLcode tt_curl_message_result(const CURLMsg *message) { return message->data.result; }
