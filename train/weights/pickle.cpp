#include "train/weights/pickle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

namespace funcorr {
namespace {

constexpr std::size_t kMostDimensions = 16, kLongestKey = 256;

struct StorageClass {
  std::string_view name;
  TensorType type;
};
constexpr std::array<StorageClass, 10> kStorageClasses{{{"torch.FloatStorage", TensorType::kF32},
                                                        {"torch.HalfStorage", TensorType::kF16},
                                                        {"torch.BFloat16Storage", TensorType::kBF16},
                                                        {"torch.DoubleStorage", TensorType::kF64},
                                                        {"torch.LongStorage", TensorType::kI64},
                                                        {"torch.IntStorage", TensorType::kI32},
                                                        {"torch.ShortStorage", TensorType::kI16},
                                                        {"torch.CharStorage", TensorType::kI8},
                                                        {"torch.ByteStorage", TensorType::kU8},
                                                        {"torch.BoolStorage", TensorType::kBool}}};

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kTensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kOldTensor = "torch._utils._rebuild_tensor";  // before PyTorch 0.4
constexpr std::string_view kParameter = "torch._utils._rebuild_parameter";
constexpr std::string_view kSize = "torch.Size";
constexpr std::string_view kScriptClass = "__torch__.";

std::optional<TensorType> storage_type(std::string_view global) {
  for (const StorageClass& entry : kStorageClasses)
    if (entry.name == global) return entry.type;
  return std::nullopt;
}

// The virtual machine: a stack of values, marks into it, and a memo.
class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& name, const PickleLimits& limits)
      : bytes_(bytes), name_(name), limits_(limits) {}

  PickleDocument run() {
    while (!step(static_cast<unsigned char>(take(1)[0]))) {
    }
    document_.bytes_read = position_;
    return std::move(document_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(fmt::format("{}: {} (byte {} of the pickle)", name_, what, position_));
  }

  // --- input
  std::span<const std::byte> take(std::size_t count) {
    if (count > bytes_.size() - position_) fail("the pickle is cut short");
    position_ += count;
    return bytes_.subspan(position_ - count, count);
  }
  template <typename T>
  T number() {
    T value{};
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string text(std::size_t length) {
    const auto span = take(length);
    return {reinterpret_cast<const char*>(span.data()), span.size()};
  }
  std::string line() {
    const auto rest = bytes_.subspan(position_);
    const auto end = std::find(rest.begin(), rest.end(), std::byte{'\n'});
    if (end == rest.end()) fail("the pickle is cut short");
    std::string result = text(static_cast<std::size_t>(end - rest.begin()));
    ++position_;
    return result;
  }

  // --- stack
  template <typename T>
  void push(T&& data) {
    document_.values.push_back({std::forward<T>(data)});
    stack_.push_back(&document_.values.back());
  }
  PickleRef pop() {
    if (stack_.size() <= floor()) fail("an operation finds nothing on the stack");
    const PickleRef value = stack_.back();
    stack_.pop_back();
    return value;
  }
  PickleRef top() const {
    if (stack_.size() <= floor()) fail("an operation finds nothing on the stack");
    return stack_.back();
  }
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  std::vector<PickleRef> pop_to_mark() {
    if (marks_.empty()) fail("an operation finds no mark");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleRef> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }
  std::vector<PickleRef> pop_many(std::size_t count) {
    std::vector<PickleRef> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    return items;
  }
  template <typename T>
  T& as(PickleRef value, const char* what) const {
    T* data = std::get_if<T>(&value->data);
    if (!data) fail(std::string(what) + " is expected");
    return *data;
  }

  void remember(std::size_t index) { memo_[index] = top(); }
  void recall(std::size_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail("the memo has no entry " + std::to_string(index));
    stack_.push_back(found->second);
  }

  // --- containers
  void set_items(const std::vector<PickleRef>& pairs) {
    if (pairs.size() % 2 != 0) fail("a key without value");
    auto& items = as<PickleDict>(top(), "a dict").items;
    for (std::size_t i = 0; i < pairs.size(); i += 2) items.emplace_back(pairs[i], pairs[i + 1]);
  }
  void append(const std::vector<PickleRef>& values) {
    auto& items = as<PickleSequence>(top(), "a list").items;
    items.insert(items.end(), values.begin(), values.end());
  }

  // --- classes and functions
  void push_global(const std::string& name) {
    const bool known = name == kOrderedDict || name == kTensor || name == kOldTensor || name == kParameter ||
                       name == kSize || storage_type(name) ||
                       (limits_.script_classes && name.starts_with(kScriptClass));
    if (!known)
      fail("refused to load an object of \"" + name.substr(0, kLongestKey) +
           "\": only tensors and plain containers are taken");
    push(PickleGlobal{name});
  }
  void reduce() {
    const auto& arguments = as<PickleSequence>(pop(), "a tuple of arguments").items;
    const std::string& function = as<PickleGlobal>(pop(), "a function").name;
    if (function == kOrderedDict && arguments.empty())
      push(PickleDict{});
    else if ((function == kTensor || function == kOldTensor) && arguments.size() >= 4)
      push(rebuild_tensor(arguments));
    else if (function == kParameter && !arguments.empty())
      push(PickleTensor(as<PickleTensor>(arguments[0], "a tensor")));
    else if (function == kSize && arguments.size() == 1)
      stack_.push_back(arguments[0]);
    else
      fail("refused to call \"" + function + "\" with " + std::to_string(arguments.size()) + " arguments");
  }
  std::vector<std::int64_t> integers(PickleRef tuple) const {
    const auto& items = as<PickleSequence>(tuple, "a tuple of integers").items;
    if (items.size() > kMostDimensions) fail("a tensor of " + std::to_string(items.size()) + " dimensions");
    std::vector<std::int64_t> values;
    for (const PickleRef item : items) values.push_back(as<std::int64_t>(item, "an integer"));
    return values;
  }
  PickleTensor rebuild_tensor(const std::vector<PickleRef>& arguments) const {
    PickleTensor tensor{as<PickleStorage>(arguments[0], "a storage"),
                        as<std::int64_t>(arguments[1], "a tensor's offset"), integers(arguments[2]),
                        integers(arguments[3])};
    if (tensor.shape.size() != tensor.strides.size()) fail("a tensor's shape and strides differ in length");
    return tensor;
  }
  void load_persistent() {
    const auto& fields = as<PickleSequence>(pop(), "a storage's tuple").items;
    if (fields.size() < 5 || as<std::string>(fields[0], "a storage's kind") != "storage")
      fail("a persistent object that is no storage");
    const std::string& type_name = as<PickleGlobal>(fields[1], "a storage's type").name;
    const auto type = storage_type(type_name);
    if (!type) fail("\"" + type_name + "\" is no storage");
    const std::string& key = as<std::string>(fields[2], "a storage's key");
    if (key.size() > kLongestKey) fail("a storage's key is too long");
    if (fields.size() > 5 && !std::holds_alternative<PickleNone>(fields[5]->data))
      fail(
          "a storage that is a part of another, as before PyTorch 0.4; load it there and torch.save it "
          "again");
    push(PickleStorage{*type, key, as<std::int64_t>(fields[4], "a storage's size")});
  }
  void new_object() {
    const auto& arguments = as<PickleSequence>(pop(), "a tuple of arguments").items;
    const std::string& type = as<PickleGlobal>(pop(), "a class").name;
    if (!arguments.empty() || !(type == kOrderedDict || type.starts_with(kScriptClass)))
      fail("refused to make an object of \"" + type + "\"");
    push(PickleDict{});
  }
  // The state of an OrderedDict is what Python hangs on it beside its members (_metadata); that of a
  // TorchScript object is its attributes.
  void build() {
    const PickleRef state = pop();
    auto& object = as<PickleDict>(top(), "an object").items;
    if (!limits_.script_classes || state == top()) return;
    const auto& attributes = as<PickleDict>(state, "an object's attributes").items;
    copied_ += attributes.size();
    if (copied_ > bytes_.size()) fail("objects share their attributes");  // memory would grow as the square
    object.insert(object.end(), attributes.begin(), attributes.end());
  }

  void push_long(std::size_t length) {
    if (length > 8) fail("an integer of more than 64 bits");
    const auto digits = take(length);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < length; ++i) value |= static_cast<std::uint64_t>(digits[i]) << (8 * i);
    if (length > 0 && length < 8 && (value >> (8 * length - 1)) != 0)
      value |= ~std::uint64_t{0} << (8 * length);
    push(static_cast<std::int64_t>(value));
  }
  double big_endian_double() {
    std::array<std::byte, 8> digits{};
    const auto taken = take(8);
    std::reverse_copy(taken.begin(), taken.end(), digits.begin());
    return std::bit_cast<double>(digits);
  }

  // Runs one operation; true at the end.
  bool step(unsigned char operation) {
    switch (operation) {
      case 0x80:  // PROTO
        if (const int protocol = number<std::uint8_t>(); protocol > 5)
          fail("pickle protocol " + std::to_string(protocol) + " is unknown");
        return false;
      case 0x95:  // FRAME
        take(8);
        return false;
      case '.':
        document_.root = pop();
        return true;
      case '(':
        marks_.push_back(stack_.size());
        return false;
      case '0':
        pop();
        return false;
      case 'N':
        push(PickleNone{});
        return false;
      case 0x88:
        push(true);
        return false;
      case 0x89:
        push(false);
        return false;
      case 'J':
        push(std::int64_t{number<std::int32_t>()});
        return false;
      case 'K':
        push(std::int64_t{number<std::uint8_t>()});
        return false;
      case 'M':
        push(std::int64_t{number<std::uint16_t>()});
        return false;
      case 0x8a:  // LONG1
        push_long(number<std::uint8_t>());
        return false;
      case 'G':
        push(big_endian_double());
        return false;
      case 'X':
        push(text(number<std::uint32_t>()));
        return false;
      case 0x8c:  // SHORT_BINUNICODE
      case 'U':   // Python 2's text
        push(text(number<std::uint8_t>()));
        return false;
      case 'T':
        push(text(number<std::uint32_t>()));
        return false;
      case 'c': {
        const std::string module = line();
        push_global(module + "." + line());
        return false;
      }
      case 0x93: {  // STACK_GLOBAL
        const std::string name = as<std::string>(pop(), "a class's name");
        push_global(as<std::string>(pop(), "a module's name") + "." + name);
        return false;
      }
      default:
        container_step(operation);
        return false;
    }
  }

  void container_step(unsigned char operation) {
    switch (operation) {
      case 'q':
        return remember(number<std::uint8_t>());
      case 'r':
        return remember(number<std::uint32_t>());
      case 0x94:  // MEMOIZE
        return remember(memo_.size());
      case 'h':
        return recall(number<std::uint8_t>());
      case 'j':
        return recall(number<std::uint32_t>());
      case ')':
      case ']':
        return push(PickleSequence{});
      case 't':
      case 'l':
        return push(PickleSequence{pop_to_mark()});
      case 0x85:
      case 0x86:
      case 0x87:  // TUPLE1 … TUPLE3
        return push(PickleSequence{pop_many(operation - 0x84U)});
      case 'a':
        return append(pop_many(1));
      case 'e':
        return append(pop_to_mark());
      case '}':
        return push(PickleDict{});
      case 's':
        return set_items(pop_many(2));
      case 'u':
        return set_items(pop_to_mark());
      case 'Q':
        return load_persistent();
      case 'R':
        return reduce();
      case 0x81:
        return new_object();
      case 'b':
        return build();
      default:
        fail(fmt::format("pickle operation 0x{:02x} is not one that weight files need", operation));
    }
  }

  std::span<const std::byte> bytes_;
  const std::string& name_;
  PickleLimits limits_;
  std::size_t position_ = 0, copied_ = 0;
  std::vector<PickleRef> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::size_t, PickleRef> memo_;
  PickleDocument document_;
};

}  // namespace

PickleDocument read_pickle(std::span<const std::byte> bytes, const std::string& name,
                           const PickleLimits& limits) {
  return Machine(bytes, name, limits).run();
}

}  // namespace funcorr
