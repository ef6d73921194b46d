#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <pthread.h>

#include "pipeline/exit_status.h"
#include "tools/simulated_server/habit.h"
#include "tools/simulated_server/server.h"

namespace {

struct Arguments {
  funcorr::SimulatedServerOptions server;
  std::string workspace;
  int port = 0;
};

std::string spelled(std::string option) {
  std::ranges::replace(option, '_', '-');
  return option;
}

std::string help_of_levels() {
  std::string text = "named shares of noise, which single ones override:";
  for (const auto& [level, name] : names_of(funcorr::NoiseLevel{})) {
    text.append("\n  ").append(name).append(":");
    const funcorr::AnswerNoise noise = noise_of(level);
    for (const auto& share : funcorr::AnswerNoise::options().options())
      if (const double value = share.read(noise); value != 0)
        text.append(" ")
            .append(spelled(share.described().name))
            .append(" ")
            .append(funcorr::number_text(value));
  }
  return text;
}

// The level stands before the shares: CLI11 takes options in the order in which they were added.
void add_noise(CLI::App& app, funcorr::AnswerNoise& noise) {
  app.add_option_function<std::string>(
         "--noise",
         [&noise](const std::string& level) {
           noise = noise_of(funcorr::require_name<funcorr::NoiseLevel>(level));
         },
         help_of_levels())
      ->check(CLI::IsMember(funcorr::all_names<funcorr::NoiseLevel>()))
      ->default_str(std::string(to_string(funcorr::NoiseLevel::kLow)));
  for (const auto& share : funcorr::AnswerNoise::options().options()) {
    const funcorr::Option& described = share.described();
    app.add_option_function<double>(
           spelled("--" + described.name), [&noise, &share](double value) { share.write(noise, value); },
           described.help)
        ->check(CLI::Range(described.min, described.max))
        ->default_str(funcorr::number_text(share.read(noise)));
  }
}

void add_faults(CLI::App& app, funcorr::Faults& faults) {
  const auto share = [&app](const char* name, double& value, const char* help) {
    app.add_option(name, value, help)->check(CLI::Range(0.0, 1.0))->capture_default_str();
  };
  share("--rate-429", faults.too_many_requests, "share of requests answered by 429; not billed");
  share("--rate-500", faults.server_error, "share of requests answered by 500; not billed");
  share("--rate-hang", faults.hang, "share of requests whose answer stalls after the headers; billed");
  share("--rate-drop", faults.drop, "share of requests whose answer is cut off in the middle; billed");
  share("--latency-spread", faults.latency_spread, "latency is uniform in latency (1 - spread … 1 + spread)");
}

void add_options(CLI::App& app, Arguments& arguments) {
  funcorr::SimulatedServerOptions& server = arguments.server;
  app.add_option("-w,--workspace", arguments.workspace, "workspace whose truth is answered from")
      ->check(CLI::ExistingDirectory);
  app.add_option("--port", arguments.port, "port of 127.0.0.1; 0: any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--seed", server.seed, "same seed, same answers")->capture_default_str();
  app.add_option("--model", server.model, "the model's name")->capture_default_str();
  app.add_option("--box-format", server.box_format, "how boxes are spelled (as in [ground] box_format)")
      ->capture_default_str();
  app.add_option("--api-key", server.api_key, "key that requests must bear; empty: none");
  std::string known;
  for (const funcorr::Habit& habit : funcorr::habits())
    known.append("\n  ").append(habit.name).append(": ").append(habit.what);
  app.add_option("--habit", server.habits, "ways of real servers, any number of:" + known);
  app.add_option("--threads", server.threads, "requests answered at the same time")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  const auto seconds = [&app](const char* name, double& value, const char* help) {
    app.add_option(name, value, help)->check(CLI::Range(0.0, 86400.0))->capture_default_str();
  };
  seconds("--latency", server.faults.latency_seconds, "seconds until an answer");
  seconds("--hang-seconds", server.faults.hang_seconds, "seconds that a stalled answer stays open");
  seconds("--retry-after", server.faults.retry_after_seconds, "seconds in the Retry-After of a 429");
  seconds("--batch-seconds", server.batches.seconds, "seconds that a batch of the Batch API takes");
  seconds("--batch-window", server.batches.window_seconds,
          "seconds after which what a batch has not answered expires");
  add_noise(app, server.noise);
  add_faults(app, server.faults);
}

// Blocks SIGINT and SIGTERM in every thread; the first one of them ends the program.
void exit_on_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals] {
    int signal = 0;
    sigwait(&signals, &signal);
    std::_Exit(0);
  }).detach();
}

int run(Arguments& arguments) {
  arguments.server.workspace = arguments.workspace;
  exit_on_signal();
  funcorr::SimulatedServer server(arguments.server);
  const int port = server.bind(arguments.port);
  std::printf("http://127.0.0.1:%d/v1\n", port);
  std::fflush(stdout);
  server.serve();
  return funcorr::kAllDone;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "An OpenAI-compatible server without a model: it answers from the truth that a workspace holds, with "
      "set "
      "noise, latency and faults. Prints its address. GET /billing tells what it would charge.");
  add_options(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? funcorr::kAllDone : funcorr::kWrongUsage;
  }
  return funcorr::run_main("funcorr-simulated-server", [&] { return run(arguments); });
}
