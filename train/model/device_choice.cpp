#include "train/model/device_choice.h"

#include "train/model/device.h"

namespace funcorr {

bool DeviceChoice::is_cpu() const { return device_from_name(name).is_cpu(); }

const OptionList<DeviceChoice>& DeviceChoice::options() {
  static const OptionList<DeviceChoice> list{
      option("device", &DeviceChoice::name)
          .help("where LibTorch computes: auto (the first GPU, else the CPU), cpu, cuda, cuda:1 …")
          .leaves_results()};
  return list;
}

}  // namespace funcorr
