// Bench case "labeling": the engine with its ledger against a server of canned answers.
//   slots     share of what a server with 20 ms latency and 64 slots can give
//   small     small requests per second and processor time per request, server without latency
//   images    processor time per request that shows a 490×490 image, JPEG and base64 included
//   memory    resident memory after half of `small`'s requests, when the manifest's cache of 64 MB has filled
//             (some 150,000 requests), and after all of them
// Engine and ledger run on one processor, the server on another where there are two; `load` is what the
// machine had to do besides: wall-clock figures mean something where it is well below 1.
// Parameters: {"requests": 100000, "slot_requests": 20000, "image_requests": 3000, "concurrency": 96,
// "folder": a local disk}.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "db/format/random.h"
#include "labeling/client/engine.h"
#include "stages/manifest_ledger.h"
#include "tools/bench/canned_server.h"
#include "tools/bench/cases.h"
#include "tools/bench/scratch_folder.h"

namespace funcorr {
namespace {

double processor_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// The processors that this process may run on, in their order.
std::vector<int> processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  std::vector<int> found;
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(static_cast<unsigned>(i), &allowed)) found.push_back(i);
  return found;
}

// As long as it lives, this thread and those that it starts run on one processor.
class OnProcessor {
 public:
  explicit OnProcessor(int cpu) {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(cpu), &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  ~OnProcessor() { sched_setaffinity(0, sizeof before_, &before_); }
  OnProcessor(const OnProcessor&) = delete;
  OnProcessor& operator=(const OnProcessor&) = delete;

 private:
  cpu_set_t before_{};
};

double load_average() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : -1;
}

double resident_mb() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0, resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / 1048576.0;
}

// A picture that JPEG has some work with: shading, an outline, a little noise.
Image8 rendered_like(int side) {
  Image8 image(side, side, 3);
  Random random(1);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const double u = 2.0 * x / side - 1, v = 2.0 * y / side - 1, inside = 1 - u * u - v * v;
      for (int c = 0; c < 3; ++c) {
        const double shade = inside < 0 ? 255 : 60 + 40 * c + 120 * inside + 12 * random.uniform();
        image.at(x, y)[c] = static_cast<std::uint8_t>(std::min(shade, 255.0));
      }
    }
  return image;
}

struct Measured {
  double seconds = 0, processor_seconds = 0, early_mb = 0, late_mb = 0;
};

class Bench {
 public:
  Bench(std::filesystem::path folder, int concurrency)
      : folder_(std::move(folder)), concurrency_(concurrency) {}

  Measured run(const std::string& url, std::int64_t requests, const std::shared_ptr<const Image8>& image) {
    const std::filesystem::path manifest = folder_ / ("manifest-" + std::to_string(runs_++) + ".sqlite");
    ManifestLedger ledger(manifest);
    Provider provider;
    provider.servers = {{url}};
    provider.limits.concurrency = concurrency_;
    provider.prices["*"] = {1, 1};
    Engine engine({}, {provider}, ledger);
    std::int64_t made = 0, answered = 0;
    Measured measured;
    const auto on_answer = [&](const Answer& answer) {
      if (!answer.answered) throw std::runtime_error(answer.error_kind + ": " + answer.error);
      if (++answered == requests / 2) measured.early_mb = resident_mb();
    };
    const auto refill = [&] {
      for (int i = 0; i < 64 && made < requests; ++i) engine.submit(request(made++, image), on_answer);
      return made < requests;
    };
    const auto start = std::chrono::steady_clock::now();
    const double processor_start = processor_s();
    const RunEnd end = engine.run({}, refill);
    if (end.kind != RunEnd::Kind::kDone) throw std::runtime_error(end.error);
    measured.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    measured.processor_seconds = processor_s() - processor_start;
    measured.late_mb = resident_mb();
    return measured;
  }

 private:
  static ChatRequest request(std::int64_t number, const std::shared_ptr<const Image8>& image) {
    const std::string item = std::to_string(number);
    ChatRequest request{
        .provider = "default",
        .model = "m",
        .messages = {{"user", "In the image, give the bounding box of \"rim - the upper edge\" " + item}},
        .tag = {"bench", item, "mug"}};
    if (image) request.image = RequestImage::jpeg([image] { return *image; });
    return request;
  }

  std::filesystem::path folder_;
  int concurrency_, runs_ = 0;
};

}  // namespace

nlohmann::json bench_labeling(const nlohmann::json& parameters) {
  const auto requests = parameters.value("requests", std::int64_t{100'000});
  const auto slot_requests = parameters.value("slot_requests", std::int64_t{20'000});
  const auto image_requests = parameters.value("image_requests", std::int64_t{3'000});
  const std::filesystem::path parent =
      parameters.value("folder", std::filesystem::temp_directory_path().string());
  const ScratchFolder folder("funcorr-bench-labeling", parent);
  constexpr double kLatency = 0.02;
  constexpr int kSlots = 64;
  const std::vector<int> cpus = processors();
  const int server_cpu = cpus.size() > 1 ? cpus.back() : -1;
  const CannedServer slow(kLatency, kSlots, server_cpu), fast(0, 1'000'000, server_cpu);
  const OnProcessor pinned(cpus.front());
  Bench bench(folder.path(), parameters.value("concurrency", 96));
  nlohmann::json result;
  result["load"] = load_average();
  const auto per_second = [](std::int64_t count, const Measured& m) {
    return static_cast<double>(count) / m.seconds;
  };
  const auto cpu_ms = [](std::int64_t count, const Measured& m) {
    return 1000 * m.processor_seconds / static_cast<double>(count);
  };
  if (slot_requests > 0) {
    const Measured slots = bench.run(slow.url(), slot_requests, nullptr);
    result["slots"] = {{"requests_per_second", per_second(slot_requests, slots)},
                       {"server_can_per_second", kSlots / kLatency},
                       {"share_of_server", per_second(slot_requests, slots) * kLatency / kSlots},
                       {"processor_ms_per_request", cpu_ms(slot_requests, slots)}};
  }
  if (requests > 0) {
    const double served_s = fast.processor_s();
    const Measured small = bench.run(fast.url(), requests, nullptr);
    result["small"] = {{"requests", requests},
                       {"requests_per_second", per_second(requests, small)},
                       {"processor_ms_per_request", cpu_ms(requests, small)},
                       {"requests_per_processor_second", 1000 / cpu_ms(requests, small)},
                       {"server_processor_ms_per_request",
                        1000 * (fast.processor_s() - served_s) / static_cast<double>(requests)}};
    result["memory"] = {{"after_half_mb", small.early_mb},
                        {"at_the_end_mb", small.late_mb},
                        {"bytes_per_request",
                         (small.late_mb - small.early_mb) * 1048576 / (0.5 * static_cast<double>(requests))}};
  }
  if (image_requests > 0) {
    const auto image = std::make_shared<const Image8>(rendered_like(490));
    const Measured images = bench.run(fast.url(), image_requests, image);
    result["images"] = {{"requests_per_second", per_second(image_requests, images)},
                        {"jpeg_bytes", encode_jpeg(*image, 85).size()},
                        {"processor_ms_per_request", cpu_ms(image_requests, images)}};
  }
  return result;
}

}  // namespace funcorr
