#include "labeling/client/redaction.h"

#include <span>

#include "db/format/hash.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

std::string base64_of(const std::string& text) { return base64(std::as_bytes(std::span(text))); }

}  // namespace

TEST_CASE("A secret is taken out however a server spells it") {
  const std::string key = "sk-live/Ab+9=cdEFgh0123456789/xyzW";
  const Redaction without({key});
  for (const std::string& spelled :
       {key, std::string("sk-live\\/Ab+9=cdEFgh0123456789\\/xyzW"),
        std::string("sk-live%2FAb%2B9%3DcdEFgh0123456789%2FxyzW"),
        std::string("sk-live%2fAb%2b9%3dcdEFgh0123456789%2fxyzW"),
        std::string("sk\\u002dlive\\u002fAb\\u002b9\\u003dcdEFgh0123456789\\u002fxyzW"), key.substr(0, 8),
        key.substr(key.size() - 8), std::string("sk-l************xyzW"), std::string("sk-live/...xyzW"),
        base64_of(key).substr(0, 40), base64_of("user:" + key), base64_of("k:" + key + ":x"),
        base64_of("key:" + key)}) {
    INFO(spelled);
    const std::string text = without("before " + spelled + " behind");
    CHECK(text.find("[key]") != std::string::npos);
    CHECK(text.starts_with("before "));
    CHECK(text.ends_with(" behind"));
    for (std::size_t at = 0; at + 8 <= spelled.size(); ++at)
      if (spelled.find("***") == std::string::npos && spelled.size() <= key.size())
        CHECK(text.find(spelled.substr(at, 8)) == std::string::npos);
  }
}

TEST_CASE("What is no secret stays, also where a local server's key is a common word") {
  const Redaction without({"ollama", "sk-live/Ab+9=cdEFgh0123456789/xyzW", ""});
  const std::string text =
      R"({"role":"assistant","content":"ollam sk-li xyzW","x":"sk- and more ...... xyz","all":"b2xsYW"})";
  CHECK(without(text) == text);
  CHECK(without("ollama said ollama") == "[key] said [key]");
  CHECK(Redaction()("ollama") == "ollama");
}

TEST_CASE("Secrets that begin alike are taken out whole") {
  const Redaction without({"secret-of-one", "secret-of-one-and-another"});
  CHECK(without("secret-of-one-and-another secret-of-one") == "[key] [key]");
}

}  // namespace funcorr
