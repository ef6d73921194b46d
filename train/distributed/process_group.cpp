#include "train/distributed/process_group.h"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>
#include <torch/torch.h>

#include "db/format/text.h"

#if defined(USE_C10D_GLOO) && __has_include(<gloo/algorithm.h>)
#define FUNCORR_HAS_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#endif

namespace funcorr {
namespace {

using torch::Tensor;

int number_from_environment(const char* name, int least, int most, int otherwise) {
  const char* value = std::getenv(name);
  if (value == nullptr) return otherwise;
  const std::optional<int> number = number_in<int>(value);
  if (!number || *number < least || *number > most)
    throw std::runtime_error(
        fmt::format("environment: {}={} is not a number from {} to {}", name, value, least, most));
  return *number;
}

std::string text_from_environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

}  // namespace

ProcessPlace process_place_from_environment() {
  ProcessPlace place;
  place.processes = number_from_environment("WORLD_SIZE", 1, 1 << 20, 1);
  if (place.processes == 1) return place;
  place.rank = number_from_environment("RANK", 0, place.processes - 1, -1);
  if (place.rank < 0)
    throw std::runtime_error("environment: WORLD_SIZE is set without RANK; torchrun sets both");
  place.local_rank = number_from_environment("LOCAL_RANK", 0, place.processes - 1, place.rank);
  place.address = text_from_environment("MASTER_ADDR", "127.0.0.1");
  place.port = number_from_environment("MASTER_PORT", 1, 65535, 29500);
  place.is_hosted = text_from_environment("TORCHELASTIC_USE_AGENT_STORE", "") == "True";
  place.attempt = text_from_environment("TORCHELASTIC_RESTART_COUNT", place.attempt.c_str());
  return place;
}

#ifdef FUNCORR_HAS_GLOO

// Not every LibTorch 2 (Debian's, for one) was built with the libuv that it would use where it is not told.
template <typename Options>
void use_plain_sockets(Options& options) {
  if constexpr (requires { options.useLibUV; }) options.useLibUV = false;
}

struct ProcessGroup::Channels {
  explicit Channels(const ProcessPlace& place) {
    c10d::TCPStoreOptions meeting;
    use_plain_sockets(meeting);
    meeting.port = static_cast<std::uint16_t>(place.port);
    meeting.isServer = place.rank == 0 && !place.is_hosted;
    meeting.numWorkers = static_cast<std::size_t>(place.processes);
    meeting.waitWorkers = !place.is_hosted;
    meeting.timeout = std::chrono::minutes(5);
    const auto tcp = c10::make_intrusive<c10d::TCPStore>(place.address, meeting);
    store = c10::make_intrusive<c10d::PrefixStore>("funcorr-train/" + place.attempt, tcp);
    gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", store),
                                                       place.rank, place.processes, gloo_options());
    tcp->setTimeout(std::chrono::hours(24 * 365));
#ifdef USE_C10D_NCCL
    if (torch::cuda::is_available())
      nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(
          c10::make_intrusive<c10d::PrefixStore>("nccl", store), place.rank, place.processes);
#endif
  }

  static c10::intrusive_ptr<c10d::ProcessGroupGloo::Options> gloo_options() {
    auto options = c10d::ProcessGroupGloo::Options::create();
    options->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
    return options;
  }

  void sum(Tensor& values) const {
#ifdef USE_C10D_NCCL
    if (values.is_cuda() && nccl) {
      std::vector<Tensor> on_gpu{values};
      nccl->allreduce(on_gpu)->wait();
      return;
    }
#endif
    std::vector<Tensor> on_host{values.to(torch::kCPU)};
    gloo->allreduce(on_host)->wait();
    if (!on_host[0].is_same(values)) values.copy_(on_host[0]);
  }
  void put(const std::string& key, const std::string& text) const {
    store->set(key, std::vector<std::uint8_t>(text.begin(), text.end()));
  }
  std::string get(const std::string& key) const {
    const std::vector<std::uint8_t> bytes = store->get(key);
    return {bytes.begin(), bytes.end()};
  }

  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
#ifdef USE_C10D_NCCL
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> nccl;
#endif
};

#else

struct ProcessGroup::Channels {
  explicit Channels(const ProcessPlace&) {
    throw std::runtime_error(
        "this LibTorch has no Gloo (or libgloo-dev was missing at build time): one process alone can train");
  }
  void sum(Tensor&) const {}
  void put(const std::string&, const std::string&) const {}
  std::string get(const std::string&) const { return {}; }
};

#endif

// What c10d and Gloo throw is long, and does not say that another process ended.
template <typename Work>
void ProcessGroup::together(const char* what, const Work& work) {
  try {
    work();
  } catch (const std::exception& error) {
    const std::string_view text = error.what();
    throw std::runtime_error(fmt::format(
        "process {} of {} cannot {}: another one is gone or out of reach; its own log says why ({})",
        place_.rank, place_.processes, what, text.substr(0, text.find('\n'))));
  }
}

ProcessGroup::ProcessGroup(const ProcessPlace& place) : place_(place) {
  together("meet the others", [&] { channels_ = std::make_unique<Channels>(place_); });
}
ProcessGroup::~ProcessGroup() = default;

void ProcessGroup::average(const std::vector<Tensor>& tensors) {
  const torch::NoGradGuard no_gradients;
  std::vector<Tensor> flat;
  for (const Tensor& tensor : tensors) flat.push_back(tensor.reshape({-1}));
  Tensor values = torch::cat(flat);
  together("average with the others", [&] { channels_->sum(values); });
  values /= place_.processes;
  std::int64_t first = 0;
  for (const Tensor& tensor : tensors) {
    tensor.copy_(values.narrow(0, first, tensor.numel()).view_as(tensor));
    first += tensor.numel();
  }
}

bool ProcessGroup::any(bool value) {
  Tensor count = torch::full({1}, value ? 1 : 0, torch::kInt64);
  together("ask the others", [&] { channels_->sum(count); });
  return count.item<std::int64_t>() > 0;
}

std::string ProcessGroup::share(const std::string& text) {
  const std::string key = "shared/" + std::to_string(shared_++);
  std::string received = text;
  together("share with the others", [&] {
    if (place_.rank == 0)
      channels_->put(key, text);
    else
      received = channels_->get(key);
  });
  return received;
}

}  // namespace funcorr
