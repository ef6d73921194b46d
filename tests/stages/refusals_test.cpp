// What real programs say of an environment map that is not there and of a port that is taken.
#include <algorithm>

#include <netinet/in.h>
#include <sys/socket.h>

#include "pipeline/data_file.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

using tests::Ran;
using tests::TemporaryFolder;

Ran run_beside(const std::string& program, const std::vector<std::string>& arguments) {
  return tests::run((executable_file().parent_path() / program).string(), arguments);
}

bool is_one_line(const std::string& text) { return std::count(text.begin(), text.end(), '\n') == 1; }

// A free port of the loopback, held while one lives.
class TakenPort {
 public:
  TakenPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket_, generic, size) == 0);
    REQUIRE(::listen(socket_, 1) == 0);
    REQUIRE(::getsockname(socket_, generic, &size) == 0);
    number_ = ntohs(address.sin_port);
  }
  ~TakenPort() { ::close(socket_); }
  TakenPort(const TakenPort&) = delete;
  TakenPort& operator=(const TakenPort&) = delete;
  int number() const { return number_; }

 private:
  int socket_, number_ = 0;
};

TEST_CASE("render names an environment map that is missing before it renders") {
  const TemporaryFolder w;
  const std::string map = (w / "none.exr").string();
  const Ran ran = run_beside("funcorr-render", {"--workspace", w.path().string(), "--hdri", map});
  CHECK(ran.status == 3);
  CHECK(is_one_line(ran.err));
  CHECK(ran.err.find(map) != std::string::npos);
  CHECK(ran.err.find("builtin:studio") != std::string::npos);
}

TEST_CASE("the simulated server names a port that is in use") {
  const TakenPort port;
  const Ran ran = run_beside("funcorr-simulated-server", {"--port", std::to_string(port.number())});
  CHECK(ran.status == 3);
  CHECK(is_one_line(ran.err));
  CHECK(ran.err.find("port " + std::to_string(port.number())) != std::string::npos);
}

}  // namespace
}  // namespace funcorr
