#include "labeling/client/http_loop.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string_view>
#include <unordered_map>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "db/format/descriptor.h"
#include "db/format/file.h"
#include "db/format/text.h"
#include "labeling/client/curl_handle.h"

namespace funcorr {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr std::size_t kMaxHeaderBytes = 256 << 10;
constexpr double kSweepInterval = 0.05;  // seconds between two looks at who is late

bool is_wanted(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kNames{"content-type",   "retry-after",  "retry-after-ms",
                                                          "x-should-retry", "x-request-id", "location"};
  return name.starts_with("x-ratelimit-") || std::ranges::find(kNames, name) != kNames.end();
}

struct Transfer {
  CurlEasy easy;
  const Redaction* without_secrets = nullptr;
  HttpRequest request;
  HttpLoop::OnDone on_done;
  HttpResult result;
  std::array<char, CURL_ERROR_SIZE> error{};
  Clock::time_point started = Clock::now();
  Clock::time_point sent_at{}, last_byte{};
  curl_off_t uploaded = 0;
  int times_sent = 0;
  std::size_t header_bytes = 0;
  std::int64_t body_bytes = 0;
  bool too_large = false;
  std::string refusal;  // by before_sending
  OwnedFile file;
  CurlForm form;
};

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.last_byte = Clock::now();
  transfer.header_bytes += size;
  if (transfer.header_bytes > kMaxHeaderBytes) {
    transfer.too_large = true;
    return 0;
  }
  const std::string_view line(data, size);
  const std::size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) {
    transfer.result.headers.clear();  // a 100 or a proxy's answer came before
  } else if (colon != std::string_view::npos) {
    const std::string name = lower_case(std::string(trimmed(line.substr(0, colon))));
    if (is_wanted(name)) transfer.result.headers[name] = trimmed(line.substr(colon + 1));
  }
  return size;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.last_byte = Clock::now();
  const std::int64_t room = transfer.request.max_bytes - transfer.body_bytes;
  const std::size_t kept = std::min(size, static_cast<std::size_t>(std::max<std::int64_t>(room, 0)));
  transfer.body_bytes += static_cast<std::int64_t>(kept);
  if (transfer.file != nullptr) {
    if (std::fwrite(data, 1, kept, transfer.file.get()) != kept) return 0;
  } else {
    transfer.result.body.append(data, kept);
  }
  transfer.too_large = kept < size;
  return transfer.too_large ? 0 : size;
}

// Called when the connection stands, before the request is sent; a second time when libcurl would repeat it.
int on_connected(void* user, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    if (transfer.request.before_sending) transfer.request.before_sending();
  } catch (const std::exception& error) {
    transfer.refusal = error.what();
    return CURL_PREREQFUNC_ABORT;
  }
  transfer.result.sent = true;
  transfer.sent_at = transfer.last_byte = Clock::now();
  return ++transfer.times_sent == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

HttpResult::Failure failure_of(CURLcode code, const Transfer& transfer) {
  using Failure = HttpResult::Failure;
  if (code == CURLE_OK) return Failure::kNone;
  if (transfer.too_large) return Failure::kTooLarge;
  if (code == CURLE_BAD_CONTENT_ENCODING) return Failure::kEncoding;
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR ||
      code == CURLE_SSL_CACERT_BADFILE)
    return Failure::kCertificate;
  return transfer.result.sent ? Failure::kLost : Failure::kConnection;
}

std::string error_text(CURLcode code, const Transfer& transfer) {
  if (transfer.too_large) return "the answer is longer than allowed";
  if (!transfer.refusal.empty()) return transfer.refusal;
  if (transfer.times_sent > 1) return "the connection broke before an answer came";
  return transfer.error[0] != '\0' ? transfer.error.data() : curl_easy_strerror(code);
}

}  // namespace

struct HttpAccess::Headers {
  CurlList plain, json;  // without and with a JSON body's content type
};

HttpAccess::HttpAccess(const HttpHeaders& its_headers, std::string ca_file)
    : ca_file_(std::move(ca_file)), without_secrets_(its_headers.secrets) {
  Headers headers;
  for (CurlList* list : {&headers.plain, &headers.json}) {
    for (const std::string& header : its_headers.lines) append(*list, header.c_str());
    append(*list, "Accept: application/json");
    append(*list, "Expect:");  // no 100-continue: it costs a round trip
  }
  append(headers.json, "Content-Type: application/json");
  headers_ = std::make_unique<const Headers>(std::move(headers));
}

HttpAccess::~HttpAccess() = default;

struct HttpLoop::Impl {
  Descriptor epoll, event;
  CurlMulti multi;
  Clock::time_point curl_timer = Clock::time_point::max(), next_sweep = Clock::now();
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> active;
  std::vector<CurlEasy> idle;  // to be used again

  ~Impl() {
    for (auto& [easy, transfer] : active) curl_multi_remove_handle(multi.get(), easy);
  }

  static int on_socket(CURL*, curl_socket_t socket, int what, void* user, void* known) {
    auto& self = *static_cast<Impl*>(user);
    if (what == CURL_POLL_REMOVE) {
      epoll_ctl(self.epoll.get(), EPOLL_CTL_DEL, socket, nullptr);
      return 0;
    }
    epoll_event event{};
    if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
    event.data.fd = socket;
    const bool added = known != nullptr && epoll_ctl(self.epoll.get(), EPOLL_CTL_MOD, socket, &event) == 0;
    if (!added && epoll_ctl(self.epoll.get(), EPOLL_CTL_ADD, socket, &event) != 0)
      epoll_ctl(self.epoll.get(), EPOLL_CTL_MOD, socket, &event);
    curl_multi_assign(self.multi.get(), socket, &self);  // known from now on
    return 0;
  }

  static int on_timer(CURLM*, long milliseconds, void* user) {
    auto& self = *static_cast<Impl*>(user);
    self.curl_timer =
        milliseconds < 0 ? Clock::time_point::max() : Clock::now() + std::chrono::milliseconds(milliseconds);
    return 0;
  }

  void prepare(const HttpAccess& access, Transfer& transfer) const {
    CURL* easy = transfer.easy.get();
    const HttpRequest& request = transfer.request;
    const auto milliseconds = [](double seconds) { return static_cast<long>(std::ceil(seconds * 1000)); };
    const bool json = request.upload == nullptr && request.method == "POST";
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, (json ? access.headers_->json : access.headers_->plain).get());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "funcorr");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.timeouts.connect));
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error.data());
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");  // all that libcurl decodes
    // Who may speak HTTP/2 is waited for: its streams share the connection. Else each opens its own at once.
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, request.url.starts_with("https:") ? 1L : 0L);
    // HTTP/2 where TLS negotiates it. (Not without TLS: libcurl 7.88 breaks when it uses such a connection
    // again.)
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    if (!access.ca_file_.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, access.ca_file_.c_str());
    if (json) {
      curl_easy_setopt(easy, CURLOPT_POST, 1L);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    } else if (request.upload != nullptr) {
      attach_form(transfer);
    }
  }

  static void attach_form(Transfer& transfer) {
    transfer.form.reset(curl_mime_init(transfer.easy.get()));
    curl_mimepart* purpose = curl_mime_addpart(transfer.form.get());
    curl_mime_name(purpose, "purpose");
    curl_mime_data(purpose, transfer.request.upload->purpose.c_str(), CURL_ZERO_TERMINATED);
    curl_mimepart* file = curl_mime_addpart(transfer.form.get());
    curl_mime_name(file, "file");
    curl_mime_filedata(file, transfer.request.upload->file.c_str());
    curl_mime_type(file, "application/jsonl");
    curl_easy_setopt(transfer.easy.get(), CURLOPT_MIMEPOST, transfer.form.get());
  }

  // Takes a transfer out and tells its owner.
  void finish(CURL* easy, HttpResult::Failure failure, std::string error) {
    const auto found = active.find(easy);
    std::unique_ptr<Transfer> transfer = std::move(found->second);
    active.erase(found);
    HttpResult& result = transfer->result;
    result.failure = failure;
    result.error = std::move(error);
    result.seconds = seconds_since(transfer->started);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    result.status = static_cast<int>(status);
    char* location = nullptr;
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
    if (location != nullptr) result.location = location;
    curl_multi_remove_handle(multi.get(), easy);
    curl_easy_reset(easy);
    transfer->form.reset();
    if (transfer->file != nullptr && std::fclose(transfer->file.release()) != 0 &&
        failure == HttpResult::Failure::kNone) {
      result.failure = HttpResult::Failure::kLost;
      result.error = "cannot write " + transfer->request.save_to;
    }
    idle.push_back(std::move(transfer->easy));
    take_secrets_out(result, *transfer->without_secrets);
    transfer->on_done(std::move(result));
  }

  static void take_secrets_out(HttpResult& result, const Redaction& without) {
    for (std::string* text : {&result.body, &result.error, &result.location})
      *text = without(std::move(*text));
    for (auto& [name, value] : result.headers) value = without(std::move(value));
  }

  void finish_completed() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode code = message->data.result;
      const Transfer& transfer = *active.at(easy);
      finish(easy, failure_of(code, transfer), code == CURLE_OK ? std::string() : error_text(code, transfer));
    }
  }

  // Who is too late; kNone: not this one.
  HttpResult::Failure lateness(Transfer& transfer) const {
    using Failure = HttpResult::Failure;
    const Timeouts& limit = transfer.request.timeouts;
    if (seconds_since(transfer.started) > limit.deadline) return Failure::kTimeout;
    if (!transfer.result.sent) return Failure::kNone;  // CURLOPT_CONNECTTIMEOUT_MS watches
    curl_off_t uploaded = 0;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_SIZE_UPLOAD_T, &uploaded);
    if (uploaded != transfer.uploaded) {
      transfer.uploaded = uploaded;
      transfer.sent_at = transfer.last_byte = Clock::now();
    }
    const bool sending = uploaded < static_cast<curl_off_t>(transfer.request.body.size());
    const bool receiving = transfer.header_bytes > 0;
    if ((sending || receiving) && seconds_since(transfer.last_byte) > limit.stall) return Failure::kStall;
    if (!sending && !receiving && seconds_since(transfer.sent_at) > limit.first_byte)
      return Failure::kTimeout;
    return Failure::kNone;
  }

  void finish_late() {
    if (Clock::now() < next_sweep) return;
    next_sweep = Clock::now() +
                 std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(kSweepInterval));
    std::vector<std::pair<CURL*, HttpResult::Failure>> late;
    for (auto& [easy, transfer] : active) {
      const HttpResult::Failure failure = lateness(*transfer);
      if (failure != HttpResult::Failure::kNone) late.emplace_back(easy, failure);
    }
    for (const auto& [easy, failure] : late) {
      if (!active.contains(easy)) continue;
      const bool stalled = failure == HttpResult::Failure::kStall;
      const bool sent = active.at(easy)->result.sent;
      finish(easy, sent ? failure : HttpResult::Failure::kConnection,
             stalled ? "no byte moved for too long" : "no answer in time");
    }
  }
};

HttpLoop::HttpLoop() {
  initialize_curl();
  impl_ = std::make_unique<Impl>();
  impl_->multi.reset(curl_multi_init());
  impl_->epoll = Descriptor(epoll_create1(EPOLL_CLOEXEC));
  impl_->event = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (impl_->multi == nullptr || !impl_->epoll.open() || !impl_->event.open())
    throw std::runtime_error("cannot set up the HTTP client: too many open files?");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = impl_->event.get();
  epoll_ctl(impl_->epoll.get(), EPOLL_CTL_ADD, impl_->event.get(), &event);
  CURLM* multi = impl_->multi.get();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, impl_.get());
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, impl_.get());
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 1000L);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 4096L);
}

HttpLoop::~HttpLoop() = default;

void HttpLoop::start(const HttpAccess& access, HttpRequest request, OnDone on_done) {
  auto transfer = std::make_unique<Transfer>();
  transfer->request = std::move(request);
  transfer->on_done = std::move(on_done);
  transfer->without_secrets = &access.without_secrets();
  if (!transfer->request.save_to.empty()) {
    transfer->file.reset(std::fopen(transfer->request.save_to.c_str(), "wb"));
    if (transfer->file == nullptr) throw std::runtime_error("cannot write " + transfer->request.save_to);
  }
  if (impl_->idle.empty()) {
    transfer->easy.reset(curl_easy_init());
    if (transfer->easy == nullptr) throw std::runtime_error("cannot set up an HTTP request: out of memory?");
  } else {
    transfer->easy = std::move(impl_->idle.back());
    impl_->idle.pop_back();
  }
  impl_->prepare(access, *transfer);
  CURL* easy = transfer->easy.get();
  impl_->active.emplace(easy, std::move(transfer));
  curl_multi_add_handle(impl_->multi.get(), easy);
}

void HttpLoop::run_once(double timeout_s) {
  const Clock::time_point now = Clock::now();
  double wait = std::min(timeout_s, impl_->active.empty() ? timeout_s : kSweepInterval);
  if (impl_->curl_timer != Clock::time_point::max())
    wait = std::min(wait, std::chrono::duration<double>(impl_->curl_timer - now).count());
  std::array<epoll_event, 256> events{};
  const int ready = epoll_wait(impl_->epoll.get(), events.data(), static_cast<int>(events.size()),
                               static_cast<int>(std::ceil(std::max(wait, 0.0) * 1000)));
  int running = 0;
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == impl_->event.get()) {
      std::uint64_t count = 0;
      [[maybe_unused]] const auto drained = read(impl_->event.get(), &count, sizeof count);
      continue;
    }
    int action = 0;
    if ((event.events & EPOLLIN) != 0) action |= CURL_CSELECT_IN;
    if ((event.events & EPOLLOUT) != 0) action |= CURL_CSELECT_OUT;
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) action |= CURL_CSELECT_ERR;
    curl_multi_socket_action(impl_->multi.get(), event.data.fd, action, &running);
  }
  if (Clock::now() >= impl_->curl_timer) {
    impl_->curl_timer = Clock::time_point::max();
    curl_multi_socket_action(impl_->multi.get(), CURL_SOCKET_TIMEOUT, 0, &running);
  }
  impl_->finish_completed();
  impl_->finish_late();
}

void HttpLoop::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(impl_->event.get(), &one, sizeof one);
}

void HttpLoop::abort_all() {
  std::vector<CURL*> handles;
  for (const auto& [easy, transfer] : impl_->active) handles.push_back(easy);
  for (CURL* easy : handles)
    if (impl_->active.contains(easy))
      impl_->finish(easy, HttpResult::Failure::kAborted, "given up when the run ended");
}

std::size_t HttpLoop::in_flight() const { return impl_->active.size(); }

namespace {

std::string url_part(const std::string& url, CURLUPart part) {
  const CurlUrl handle(curl_url());
  char* text = nullptr;
  if (curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(handle.get(), part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
    return {};
  const CurlText owner(text);
  return text;
}

}  // namespace

std::string host_of(const std::string& url) { return url_part(url, CURLUPART_HOST); }

std::string origin_of(const std::string& url) {
  const std::string host = host_of(url);
  if (host.empty()) return {};
  return url_part(url, CURLUPART_SCHEME) + "://" + host + ":" + url_part(url, CURLUPART_PORT);
}

}  // namespace funcorr
