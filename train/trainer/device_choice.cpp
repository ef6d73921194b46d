#include "train/trainer/device_choice.h"

namespace funcorr {

const OptionList<DeviceChoice>& DeviceChoice::options() {
  static const OptionList<DeviceChoice> list{
      option("device", &DeviceChoice::name)
          .help("where LibTorch computes: auto (the first GPU, else the CPU), cpu, cuda, cuda:1 …")
          .leaves_results()};
  return list;
}

}  // namespace funcorr
