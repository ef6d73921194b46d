#include "db/format/artifact.h"

#include <algorithm>
#include <fstream>
#include <system_error>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/format/error.h"
#include "tests/catch.h"
#include "tests/skip.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::read_text;
using tests::TemporaryFolder;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

TEST_CASE("an artifact appears whole, in folders that are made for it") {
  const TemporaryFolder folder;
  const fs::path file = folder / "a/b/0000.png";
  write_artifact(file, [&](const fs::path& temporary) {
    CHECK(temporary.extension() == ".png");
    CHECK(temporary.parent_path() == file.parent_path());
    CHECK(temporary.filename().string() == "0000.tmp-" + std::to_string(::getpid()) + ".png");
    std::ofstream(temporary) << "half";
    CHECK_FALSE(fs::exists(file));
    std::ofstream(temporary, std::ios::app) << "whole";
  });
  CHECK(read_text(file) == "halfwhole");
  write_artifact(file, std::string_view("other\0bytes", 11));
  CHECK(read_text(file) == std::string("other\0bytes", 11));
  CHECK(names_in(folder / "a/b") == std::vector<std::string>{"0000.png"});
}

TEST_CASE("a failed write leaves what was there, and nothing else") {
  const TemporaryFolder folder;
  const fs::path file = folder / "x.npy";
  write_artifact(file, "before");
  const auto fail_with = [&](auto error) {
    return [&file, error] {
      write_artifact(file, [&](const fs::path& temporary) {
        std::ofstream(temporary) << "half";
        throw error;
      });
    };
  };
  CHECK_THROWS_AS(fail_with(std::runtime_error("encoder"))(), std::runtime_error);
  CHECK_THROWS_AS(fail_with(std::system_error(ENOSPC, std::generic_category()))(), EnvironmentError);
  CHECK_THROWS_AS(write_artifact(file, [](const fs::path&) {}), EnvironmentError);  // nothing was written
  CHECK(read_text(file) == "before");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"x.npy"});
  CHECK_THROWS_AS(write_artifact(folder / "x.npy/y.npy", "a file as folder"), EnvironmentError);
  CHECK_THROWS_AS(write_artifact("/proc/nowhere/x", "not a disk"), EnvironmentError);
}

TEST_CASE("a full device is an error of the environment") {
  if (!fs::exists("/dev/full")) {
    tests::skip("no /dev/full");
    return;
  }
  const TemporaryFolder folder;
  // The temporary file's name is known: it leads to the device that is always full.
  fs::create_symlink("/dev/full", folder / ("x.tmp-" + std::to_string(::getpid()) + ".npy"));
  try {
    write_artifact(folder / "x.npy", std::string(1 << 20, 'x'));
    FAIL("nothing was thrown");
  } catch (const EnvironmentError& error) {
    CHECK(std::string(error.what()).find("free some space") != std::string::npos);
  }
}

TEST_CASE("an artifact's temporaries of dead processes are removed, those of living ones stay") {
  const TemporaryFolder folder;
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  const std::string stale = ".tmp-" + std::to_string(dead), fresh = ".tmp-" + std::to_string(::getppid());
  for (const std::string& name : {"a" + stale + ".png", "b" + stale + ".png", "c" + fresh + ".png",
                                  std::string("d.tmp-x.png"), std::string("e.png")}) {
    folder.write(name, "");
  }
  write_artifact(folder / "a.png", "a");  // takes care of its own
  CHECK(names_in(folder.path()) == std::vector<std::string>{"a.png", "b" + stale + ".png",
                                                            "c" + fresh + ".png", "d.tmp-x.png", "e.png"});
}

TEST_CASE("what a writer leaves that dies while its artifact is written anew is removed") {
  const TemporaryFolder folder;
  const pid_t writer = ::fork();
  if (writer == 0)
    for (;;) ::pause();
  folder.write("a.tmp-" + std::to_string(writer) + ".png", "");
  write_artifact(folder / "a.png", [&](const fs::path& temporary) {
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    std::ofstream(temporary) << "a";
  });
  CHECK(names_in(folder.path()) == std::vector<std::string>{"a.png"});
}

TEST_CASE("a writer that was killed and not yet waited for counts as dead") {
  const TemporaryFolder folder;
  const pid_t killed = ::fork();
  if (killed == 0)
    for (;;) ::pause();
  ::kill(killed, SIGKILL);
  siginfo_t ended;
  ::waitid(P_PID, static_cast<id_t>(killed), &ended, WEXITED | WNOWAIT);  // dead, its parent has not asked
  folder.write("a.tmp-" + std::to_string(killed) + ".png", "");
  write_artifact(folder / "a.png", "a");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"a.png"});
  ::waitpid(killed, nullptr, 0);
}

}  // namespace
}  // namespace funcorr
