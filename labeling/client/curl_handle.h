#pragma once

#include <memory>
#include <mutex>

#include <curl/curl.h>

namespace funcorr {

// libcurl's handles, each freed by its own function.
template <auto Free>
struct CurlFree {
  template <typename Handle>
  void operator()(Handle* handle) const {
    Free(handle);
  }
};
using CurlEasy = std::unique_ptr<CURL, CurlFree<curl_easy_cleanup>>;
using CurlMulti = std::unique_ptr<CURLM, CurlFree<curl_multi_cleanup>>;
using CurlList = std::unique_ptr<curl_slist, CurlFree<curl_slist_free_all>>;
using CurlForm = std::unique_ptr<curl_mime, CurlFree<curl_mime_free>>;
using CurlUrl = std::unique_ptr<CURLU, CurlFree<curl_url_cleanup>>;
using CurlText = std::unique_ptr<char, CurlFree<curl_free>>;

inline void append(CurlList& list, const char* line) {
  curl_slist* head = curl_slist_append(list.get(), line);
  if (list == nullptr) list.reset(head);  // later lines leave the head as it is
}

// Once, before the first handle.
inline void initialize_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace funcorr
