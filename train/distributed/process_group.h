#pragma once

#include <memory>
#include <string>
#include <vector>

namespace at {
class Tensor;  // NOLINT(bugprone-forward-declaration-namespace): LibTorch's; caffe2 has one too
}

namespace funcorr {

// Where a process stands among those that train one model together, one process per device.
struct ProcessPlace {
  int rank = 0, processes = 1;
  int local_rank = 0;                 // among the processes of this machine: which GPU it takes
  std::string address = "127.0.0.1";  // where the processes meet
  int port = 29500;
  bool is_hosted = false;     // the launcher keeps the meeting point; else process 0 does
  std::string attempt = "0";  // of the launcher to start all of them
};

// As torchrun tells it: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT and its TORCHELASTIC_…; one
// process alone where WORLD_SIZE is not set. Throws std::runtime_error that names a variable which is no
// number or out of range.
ProcessPlace process_place_from_environment();

// The processes that train together, over c10d: NCCL between GPUs where LibTorch has it, else Gloo. All of
// them call the same methods in the same order; every method throws std::runtime_error where another one is
// gone.
class ProcessGroup {
 public:
  // Meets the others. Throws std::runtime_error where they do not come within five minutes, or this LibTorch
  // has no Gloo.
  explicit ProcessGroup(const ProcessPlace& place);
  ~ProcessGroup();

  int rank() const { return place_.rank; }
  int processes() const { return place_.processes; }
  int local_rank() const { return place_.local_rank; }

  // Replaces the tensors, of one type and device, by their means over the processes.
  void average(const std::vector<at::Tensor>& tensors);
  // Whether any process says so. Does not wait for a GPU.
  bool any(bool value);
  // Gives all processes the text of process 0; what the others pass is not looked at. They wait for it as
  // long as it takes.
  std::string share(const std::string& text);

 private:
  struct Channels;
  template <typename Work>
  void together(const char* what, const Work& work);

  ProcessPlace place_;
  std::unique_ptr<Channels> channels_;
  int shared_ = 0;
};

}  // namespace funcorr
