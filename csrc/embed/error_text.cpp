#include "embed/error_text.hpp"

#include <mutex>
#include <unordered_set>

namespace aiges::embed {
namespace {
constexpr size_t kTextsKept = 1024;
constexpr size_t kLongestText = 4096;

struct Texts {
    std::mutex lock;
    std::unordered_set<std::string> kept;  // elements never move
};
}  // namespace

const char* intern_text(const std::string& text, const char* fallback) {
    static Texts* texts = new Texts;
    const std::lock_guard<std::mutex> guard(texts->lock);
    const std::string cut = text.substr(0, kLongestText);
    const auto found = texts->kept.find(cut);
    if (found != texts->kept.end()) return found->c_str();
    if (texts->kept.size() >= kTextsKept) return fallback;
    return texts->kept.insert(cut).first->c_str();
}

}  // namespace aiges::embed
