#pragma once

#include <string>
#include <tuple>

#include "db/format/members.h"
#include "db/format/options.h"

namespace funcorr {

// Where LibTorch computes, by a name that device_from_name() takes (train/model/device.h). Free of
// LibTorch.
struct DeviceChoice {
  std::string name = "auto";
  bool is_cpu() const;  // throws as device_from_name() does
  static constexpr auto members() { return std::tuple{member("name", &DeviceChoice::name)}; }
  static const OptionList<DeviceChoice>& options();
};

}  // namespace funcorr
