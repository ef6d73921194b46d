// The API key is sent, and stands nowhere else: not in the workspace, not in what programs print, not in a
// core dump.
#include <atomic>
#include <cstdlib>

#include "tests/catch.h"
#include "tests/labeling/client/scripted_server.h"
#include "tests/skip.h"
#include "tests/stages/ground_workspace.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using namespace tests;  // NOLINT(google-build-using-namespace)

constexpr const char* kVariable = "FUNCORR_TEST_STAGE_KEY";
const std::string kKey = "sk-very-secret-9876543210";

class KeyInEnvironment {
 public:
  KeyInEnvironment() { setenv(kVariable, kKey.c_str(), 1); }
  ~KeyInEnvironment() { unsetenv(kVariable); }
  KeyInEnvironment(const KeyInEnvironment&) = delete;
  KeyInEnvironment& operator=(const KeyInEnvironment&) = delete;
};

// Files below the folder that hold the key.
std::vector<std::string> files_with_key(const fs::path& folder) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && read_text(entry.path()).find(kKey) != std::string::npos)
      found.push_back(fs::relative(entry.path(), folder).string());
  return found;
}

// A server that says the key wherever it can: in answers, errors, codes, and pages.
class EchoingServer {
 public:
  EchoingServer()
      : server_([this](const httplib::Request& request, httplib::Response& response) {
          const std::string key = request.get_header_value("Authorization");
          with_key += key == "Bearer " + kKey ? 1 : 0;
          switch (count_++ % 4) {
            case 0:
              return reply(response, completion({key, key, key, key}));
            case 1:
              return reply(response, api_error("bad_" + kKey, "wrong: " + key), 400);
            case 2:
              response.set_content("<html>" + key + "</html>", "text/html");
              return;
            default:
              return reply(response, api_error("server_error", key), 500);
          }
        }) {}
  std::string url() const { return server_.url(); }
  std::atomic<int> with_key{0};

 private:
  std::atomic<int> count_{0};
  ScriptedServer server_;
};

// Whether a crash leaves a core dump in the current folder at all, here.
bool dumps_core() {
  const TemporaryFolder folder;
  Program shell("/bin/sh", {"-c", "cd '" + folder.path().string() + "'; ulimit -c unlimited; kill -ABRT $$"});
  shell.wait();
  return !fs::is_empty(folder.path());
}

}  // namespace

TEST_CASE("No file and no output of ground holds the key, though the server echoes it") {
  const KeyInEnvironment environment;
  const GroundWorkspace made;
  EchoingServer server;
  const std::string root = made.workspace.root.string();
  const auto driver = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--workspace", root});
    return run((executable_file().parent_path() / "funcorr").string(), arguments);
  };
  std::vector<Ran> outputs;
  outputs.push_back(made.run(server.url(), {"--api-key-variable", kVariable, "--verbose", "--max-attempts",
                                            "1", "--request-attempts", "2"}));
  outputs.push_back(driver({"why", GroundWorkspace::uid_of(0)}));
  outputs.push_back(driver({"errors"}));
  outputs.push_back(driver({"stats", "errors"}));
  outputs.push_back(run(GroundWorkspace::program(), {"--workspace", root, "--api-key-variable", kVariable,
                                                     "--servers", server.url(), "--print-config"}));
  CHECK(server.with_key > 10);
  CHECK(outputs[0].status == 1);
  CHECK(outputs[1].out.find("[key]") != std::string::npos);  // the raw answers are shown, without it
  for (const Ran& ran : outputs) {
    CHECK(ran.out.find(kKey) == std::string::npos);
    CHECK(ran.err.find(kKey) == std::string::npos);
  }
  CHECK(files_with_key(made.workspace.root) == std::vector<std::string>{});
  // The search itself finds what is there.
  std::ofstream(made.workspace.root / "leak.txt") << "a" << kKey << "z";
  CHECK(files_with_key(made.workspace.root) == std::vector<std::string>{"leak.txt"});
}

TEST_CASE("A ground that crashes with the key in its memory leaves no core dump of it") {
  if (!dumps_core()) {
    skip("no program leaves a core dump here");
    return;
  }
  const KeyInEnvironment environment;
  const GroundWorkspace made;
  std::atomic<int> asked{0};
  const ScriptedServer silent([&](const httplib::Request&, httplib::Response&) {
    ++asked;
    silent.keep_silent();
  });
  std::string command = "cd '" + made.workspace.root.string() +
                        "'; ulimit -c unlimited 2> /dev/null; exec '" + GroundWorkspace::program() + "'";
  for (const std::string& word : made.arguments(silent.url(), {"--api-key-variable", kVariable}))
    command += " '" + word + "'";
  Program program("/bin/sh", {"-c", command});
  REQUIRE(wait_until([&] { return asked > 0; }));
  program.kill(SIGABRT);
  CHECK(program.wait() == -SIGABRT);
  CHECK(files_with_key(made.workspace.root) == std::vector<std::string>{});
}

}  // namespace funcorr
