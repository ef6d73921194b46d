// Downloads over loopback: whole, resumed, refused, damaged.
#include <atomic>
#include <thread>

#include <httplib.h>

#include "db/format/hash.h"
#include "stages/fetch/downloader.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using End = DownloadOutcome::End;
using tests::read_text;
using tests::TemporaryFolder;

std::string content() {
  std::string bytes(300'000, ' ');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761u >> 13);
  return bytes;
}

// Serves /whole, with ETag and ranges; /cut, which breaks off after half of it when asked for the whole; and
// the usual failures.
class FileServer {
 public:
  FileServer() {
    server_.Get("/whole", [this](const httplib::Request& request, httplib::Response& response) {
      ++requests;
      last_range = request.get_header_value("Range");
      response.set_header("ETag", tag);
      response.set_content(body, "application/octet-stream");
    });
    server_.Get("/cut", [this](const httplib::Request& request, httplib::Response& response) {
      ++requests;
      last_range = request.get_header_value("Range");
      response.set_header("ETag", tag);
      if (request.has_header("Range") && request.get_header_value("If-Range") == tag) {
        response.set_content(body, "application/octet-stream");  // httplib cuts the range out
        return;
      }
      const bool breaks = !request.has_header("Range");
      response.set_content_provider(
          body.size(), "application/octet-stream",
          [this, breaks](std::size_t at, std::size_t length, httplib::DataSink& sink) {
            if (breaks && at >= body.size() / 2) return false;
            sink.write(body.data() + at, std::min<std::size_t>(length, 10'000));
            return true;
          });
    });
    server_.Get("/busy", [this](const httplib::Request&, httplib::Response& response) {
      ++requests;
      response.status = 429;
      response.set_header("Retry-After", "7");
    });
    server_.Get("/away", [](const httplib::Request&, httplib::Response& response) {
      response.set_redirect("/whole");
    });
    server_.Get("/file", [](const httplib::Request&, httplib::Response& response) {
      response.set_redirect("file:///etc/passwd");
    });
    server_.Get("/large", [](const httplib::Request&, httplib::Response& response) {
      response.set_content(std::string((std::size_t{1} << 20) + 1, 'x'), "application/octet-stream");
    });
    server_.Get("/empty", [](const httplib::Request&, httplib::Response&) {});
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~FileServer() {
    server_.stop();
    thread_.join();
  }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

  const std::string body = content(), tag = "\"v1\"";
  std::atomic<int> requests{0};
  std::string last_range;

 private:
  httplib::Server server_;
  std::thread thread_;
  int port_ = 0;
};

struct Fixture {
  FileServer server;
  TemporaryFolder folder;
  DownloadOutcome fetch(const std::string& path, const std::string& sha256 = "",
                        const DownloadOptions& options = {}) {
    return download({"sub/a.bin", server.url(path), sha256, -1}, folder.path(), options,
                    [] { return false; });
  }
  fs::path file() const { return folder / "sub/a.bin"; }
  bool leaves_nothing() const { return !fs::exists(file()) && !fs::exists(file().string() + ".part"); }
};

}  // namespace

TEST_CASE("a download ends whole under its name, also through a redirect", "[fetch]") {
  Fixture f;
  CHECK(f.fetch("/whole").end == End::kArrived);
  CHECK(read_text(f.file()) == f.server.body);
  CHECK_FALSE(fs::exists(f.file().string() + ".part"));
  fs::remove(f.file());
  CHECK(f.fetch("/away").end == End::kArrived);
  CHECK(read_text(f.file()) == f.server.body);
}

TEST_CASE("a file that is there with the right checksum is not asked for again", "[fetch]") {
  Fixture f;
  const std::string sum = sha256_hex(f.server.body);
  CHECK(f.fetch("/whole", sum).end == End::kArrived);
  CHECK(f.fetch("/whole", sum).end == End::kArrived);
  CHECK(f.server.requests == 1);
}

TEST_CASE("a download that broke off is continued where it stopped", "[fetch]") {
  Fixture f;
  const std::string sum = sha256_hex(f.server.body);
  const DownloadOutcome broken = f.fetch("/cut", sum);
  CHECK(broken.end == End::kFailed);
  CHECK(broken.error_kind == "connection");
  const auto arrived = fs::file_size(f.file().string() + ".part");
  REQUIRE(arrived >= f.server.body.size() / 2);
  REQUIRE(arrived < f.server.body.size());
  CHECK(f.fetch("/cut", sum).end == End::kArrived);
  CHECK(f.server.last_range == "bytes=" + std::to_string(arrived) + "-");
  CHECK(read_text(f.file()) == f.server.body);
}

TEST_CASE("what arrived of another version is not continued", "[fetch]") {
  Fixture f;
  fs::create_directories(f.folder / "sub");
  f.folder.write("sub/a.bin.part", "bytes of nobody knows which version");
  CHECK(f.fetch("/whole", sha256_hex(f.server.body)).end == End::kArrived);
  CHECK(f.server.last_range.empty());
  CHECK(read_text(f.file()) == f.server.body);
}

TEST_CASE("refusals are final, failures that may pass are not", "[fetch]") {
  Fixture f;
  CHECK(f.fetch("/none").end == End::kRefused);
  CHECK(f.fetch("/none").error_kind == "http_404");
  const DownloadOutcome busy = f.fetch("/busy");
  CHECK(busy.end == End::kFailed);
  CHECK(busy.retry_after_s == 7);
  CHECK(f.fetch("/file").end == End::kFailed);  // a redirect to another scheme is not followed
  CHECK(f.fetch("/empty").end == End::kRefused);
  DownloadOptions small;
  small.max_file_mb = 1;
  CHECK(f.fetch("/large").end == End::kArrived);
  fs::remove(f.file());
  CHECK(f.fetch("/large", "", small).error_kind == "too_large");
  CHECK(f.fetch("/whole", std::string(64, '0')).error_kind == "damaged");
  CHECK(f.leaves_nothing());
}

TEST_CASE("options out of their ranges are refused by the library too", "[fetch]") {
  Fixture f;
  DownloadOptions options;
  options.connections = 0;
  CHECK_THROWS_AS(f.fetch("/whole", "", options), UsageError);
  CHECK(f.server.requests == 0);
}

TEST_CASE("all downloads are made, so many at once, and an error ends them", "[fetch]") {
  DownloadOptions options;
  options.connections = 3;
  std::atomic<int> made{0}, now{0}, most{0};
  const auto count = [&](std::size_t) {
    const int here = ++now;
    for (int seen = most; here > seen && !most.compare_exchange_weak(seen, here);) {
    }
    ++made;
    --now;
  };
  download_all(50, options, count, [] { return false; });
  CHECK(made == 50);
  CHECK(most <= 3);
  download_all(50, options, count, [&] { return made >= 60; });
  CHECK(made >= 60);
  CHECK(made < 100);
  CHECK_THROWS_WITH(
      download_all(
          50, options, [](std::size_t) { throw std::runtime_error("no disk"); }, [] { return false; }),
      "no disk");
}

TEST_CASE("two lists with one path are an error", "[fetch]") {
  const TemporaryFolder folder;
  folder.write("a.csv", "url\nhttp://a/x.glb\n");
  folder.write("b.csv", "url\nhttp://b/x.glb\n");
  folder.write("c.csv", "url\nhttp://c/y.glb\n");
  CHECK(read_download_lists({folder / "a.csv", folder / "c.csv"}, "").size() == 2);
  CHECK_THROWS_WITH(read_download_lists({folder / "a.csv", folder / "b.csv"}, ""),
                    Catch::Matchers::ContainsSubstring("another list has the path 'x.glb' too"));
}

TEST_CASE("lists of downloads are checked before anything is asked for", "[fetch]") {
  const TemporaryFolder folder;
  const auto error_of = [&](const std::string& text) {
    folder.write("list.csv", text);
    try {
      read_download_list(folder / "list.csv", "");
      return std::string();
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
  };
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(error_of("url\nfile:///etc/passwd\n"), ContainsSubstring("list.csv:2: url 'file:"));
  CHECK_THAT(error_of("url,path\nhttp://a/b.glb,../b.glb\n"), ContainsSubstring("beneath the folder"));
  CHECK_THAT(error_of("url,path\nhttp://a/b.glb,/b.glb\n"), ContainsSubstring("beneath the folder"));
  CHECK_THAT(error_of("url\nhttp://a/b.glb\nhttp://c/b.glb\n"), ContainsSubstring("two downloads"));
  CHECK_THAT(error_of("url,sha256\nhttp://a/b.glb,12\n"), ContainsSubstring("sha256"));
  CHECK_THAT(error_of("name\nx\n"), ContainsSubstring("neither a column"));
  folder.write("list.csv", "uid,url\n0123,http://a/x/b.glb?download=1\n");
  CHECK(read_download_list(folder / "list.csv", "").at(0).path == "0123.glb");
  folder.write("object-paths.json", R"({"0123": "glbs/000-000/0123.glb"})");
  const auto paths = read_download_list(folder / "object-paths.json", "https://host/base/");
  CHECK(paths.at(0).url == "https://host/base/glbs/000-000/0123.glb");
  CHECK(paths.at(0).path == "glbs/000-000/0123.glb");
}

}  // namespace funcorr
