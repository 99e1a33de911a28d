// The aiges_stats_* functions of loader.h.
#include "loader/arguments.hpp"
#include "loader/exception_barrier.hpp"
#include "stats/histogram.hpp"
#include "stats/page.hpp"
#include "stats/reader.hpp"

using namespace aiges;

namespace {

const stats::Page* page_of(aiges_stats_page* page) { return reinterpret_cast<const stats::Page*>(page); }

bool is_fillable(const aiges_stats* stats) { return stats && stats->version >= 1 && stats->size >= 8; }

int bad_stats(const char* function) {
    return fail(AIGES_ERR_INVALID_ARG, "%s: 'stats' is NULL or not filled with AIGES_STATS_INIT", function);
}

}  // namespace

uint64_t aiges_stats_bucket_ns(unsigned int bucket) { return stats::bucket_ns(bucket); }

int aiges_engine_stats(aiges_engine* engine, aiges_stats* stats) {
    if (!engine) return missing_argument(__func__, "engine");
    if (!is_fillable(stats)) return bad_stats(__func__);
    return guarded([&] { return engine_of(engine)->statistics(stats); });
}

int aiges_stats_fd(void) { return stats::page_fd(); }

int aiges_stats_map(int fd, aiges_stats_page** page) {
    if (!page) return missing_argument(__func__, "page");
    const stats::Page* mapped = nullptr;
    const int code = stats::map_for_reading(fd, &mapped);
    *page = reinterpret_cast<aiges_stats_page*>(const_cast<stats::Page*>(mapped));
    if (code == AIGES_OK) return code;
    return fail(code, "cannot map statistics: descriptor %d is no statistics page of this version (layout %u)", fd,
                stats::kLayoutVersion);
}

int aiges_stats_read(aiges_stats_page* page, unsigned int index, aiges_stats* stats) {
    if (!page) return missing_argument(__func__, "page");
    if (!is_fillable(stats)) return bad_stats(__func__);
    const int code = stats::read_engine(*page_of(page), index, stats);
    return code ? fail(code, "cannot read statistics: fewer than %u engines are open", index + 1) : AIGES_OK;
}

void aiges_stats_unmap(aiges_stats_page* page) { stats::unmap(page_of(page)); }
