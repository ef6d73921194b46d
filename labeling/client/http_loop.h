#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "labeling/client/provider.h"
#include "labeling/client/redaction.h"

namespace funcorr {

// Header lines of every request: "Name: value", and the secrets in them.
struct HttpHeaders {
  std::vector<std::string> lines{}, secrets{};
};

// What all requests to a provider have in common.
class HttpAccess {
 public:
  // The headers go into requests and nowhere else.
  HttpAccess(const HttpHeaders& headers, std::string ca_file);
  ~HttpAccess();

  // Takes the secrets out of what a server says. Results come without it; files that answers were saved to
  // hold what came.
  const Redaction& without_secrets() const { return without_secrets_; }

 private:
  friend class HttpLoop;
  struct Headers;
  std::unique_ptr<const Headers> headers_;
  std::string ca_file_;
  Redaction without_secrets_;
};

// A file to upload, as a form with the fields `purpose` and `file`.
struct HttpUpload {
  std::string file;     // path
  std::string purpose;  // "batch"
};

struct HttpRequest {
  std::string method;  // "GET", "POST"
  std::string url;
  std::string body;               // JSON
  const HttpUpload* upload = {};  // instead of `body`; must outlive the request
  std::string save_to;            // path that the answer's body goes to; empty: HttpResult::body
  Timeouts timeouts;
  std::int64_t max_bytes = 0;              // of the answer's body
  std::function<void()> before_sending{};  // the connection stands; what it throws keeps the request unsent
};

// What came back, or how nothing came.
struct HttpResult {
  enum class Failure {
    kNone,         // a whole answer, of whatever status
    kConnection,   // no connection was made: the request was not sent
    kCertificate,  // the server is not who it should be; not sent
    kTimeout,      // no first byte, or the deadline passed
    kStall,        // bytes stopped moving
    kLost,         // the connection broke before the answer was whole
    kTooLarge,     // the answer was cut at max_bytes
    kEncoding,     // the answer's content encoding is unknown or broken
    kAborted,      // by abort_all()
    kNotRun,       // told by a batch: its end came before the request's turn
  };
  Failure failure = Failure::kNone;
  bool sent = false;                           // some of the request may have reached the server
  std::string error;                           // of the failure, one line
  int status = 0;                              // 0: no status line came
  std::string body;                            // as far as it came
  std::string location;                        // absolute, of a redirection
  std::map<std::string, std::string> headers;  // lower-case names; only those that pace and verdicts read
  double seconds = 0;
};

// Who sends requests.
class HttpSender {
 public:
  using OnDone = std::function<void(HttpResult)>;

  virtual ~HttpSender() = default;
  // `access` must outlive the request. on_done is called once, later, on the thread that called start().
  virtual void start(const HttpAccess& access, HttpRequest request, OnDone on_done) = 0;
};

// A libcurl multi handle on epoll: thousands of requests in flight on one thread. Connections are kept and
// shared (HTTP/1.1 keep-alive; HTTP/2 streams where the server offers it). Answers are decoded (gzip,
// deflate, br), whether the server was asked to encode them or not. No redirections are followed; TLS is
// verified; a request is never sent twice behind the caller's back (libcurl repeats one silently when a kept
// connection breaks: that ends as kLost here). Not thread-safe but for wake().
class HttpLoop : public HttpSender {
 public:
  HttpLoop();
  ~HttpLoop() override;
  HttpLoop(const HttpLoop&) = delete;
  HttpLoop& operator=(const HttpLoop&) = delete;

  // on_done is called from run_once() or abort_all().
  void start(const HttpAccess& access, HttpRequest request, OnDone on_done) override;
  // Waits for events, at most `timeout_s`, and handles them.
  void run_once(double timeout_s);
  void wake();  // ends a wait, from any thread
  void abort_all();
  std::size_t in_flight() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// "http://host:8000" of a URL, with the port always told; empty for what is no URL.
std::string origin_of(const std::string& url);
std::string host_of(const std::string& url);

}  // namespace funcorr
