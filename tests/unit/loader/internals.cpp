// Checks of parts of libaiges.so that have no C function: announced buffers, histogram buckets,
// durations.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "buffers/shared_buffer.hpp"
#include "stats/clock.hpp"
#include "stats/histogram.hpp"

using namespace aiges;

#define CHECK(condition)                                                \
    do {                                                                \
        if (!(condition)) {                                             \
            std::printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            std::exit(1);                                               \
        }                                                               \
    } while (0)

namespace {

char text_key[] = "text";

DataList node_in(const aiges_buffer& buffer, uint64_t offset, unsigned int length, pDescList desc) {
    DataList node{};
    node.key = text_key;
    node.data = static_cast<char*>(buffer.data) + offset;
    node.len = length;
    node.desc = desc;
    return node;
}

void check_announcements(uint64_t length) {
    aiges_buffer* buffer = create_buffer(length);
    CHECK(buffer && buffer->length == length && reinterpret_cast<uintptr_t>(buffer->data) % 64 == 0);
    std::memset(buffer->data, 7, length);
    aiges_buffer_announcement mine;
    announce_buffer(buffer, &mine);
    CHECK(announced_buffer(node_in(*buffer, 0, static_cast<unsigned int>(length), &mine.node)) == buffer);
    CHECK(announced_buffer(node_in(*buffer, length, 0, &mine.node)) == buffer);
    CHECK(!announced_buffer(node_in(*buffer, 1, static_cast<unsigned int>(length), &mine.node)));
    CHECK(!announced_buffer(node_in(*buffer, 0, 1, nullptr)));
    DataList elsewhere = node_in(*buffer, 0, 1, &mine.node);
    elsewhere.data = &mine;
    CHECK(!announced_buffer(elsewhere));

    char other_key[] = "lang", value[] = "en";
    ParamList first{other_key, value, 2, &mine.node};  // not the first desc entry
    CHECK(announced_buffer(node_in(*buffer, 0, 1, &first)) == buffer);

    buffer->retain(buffer);
    buffer->release(buffer);
    CHECK(announced_buffer(node_in(*buffer, 0, 1, &mine.node)) == buffer);
    buffer->release(buffer);
}

void check_forgeries() {
    aiges_buffer* buffer = create_buffer(64);
    aiges_buffer_announcement mine;
    announce_buffer(buffer, &mine);
    const DataList node = node_in(*buffer, 0, 8, &mine.node);
    char good[24];
    std::memcpy(good, mine.text, sizeof good);
    for (const char* text :
         {"", "12", "zzzzzzzzzzzzzzzz", "0000000000000000", "0x7fffffffffffff", "00007FFFFFFFFF00"}) {
        std::snprintf(mine.text, sizeof mine.text, "%s", text);
        mine.node.vlen = static_cast<unsigned int>(std::strlen(text));
        CHECK(!announced_buffer(node));
    }
    std::memcpy(mine.text, good, sizeof good);
    mine.node.vlen = 0;  // up to its NUL
    CHECK(announced_buffer(node) == buffer);
    mine.node.vlen = 17;  // one trailing NUL is not counted
    CHECK(announced_buffer(node) == buffer);
    mine.node.value = nullptr;
    CHECK(!announced_buffer(node));
    mine.node.value = mine.text;
    buffer->magic ^= 1;
    CHECK(!announced_buffer(node));
    buffer->magic ^= 1;
    buffer->size = 16;
    CHECK(!announced_buffer(node));
    buffer->size = sizeof *buffer;
    buffer->release(buffer);
}

void check_buckets() {
    using namespace stats;
    for (uint32_t bucket = 0; bucket < kBucketCount; ++bucket) {
        CHECK(bucket_of(bucket_ns(bucket)) == bucket);
        if (bucket + 1 < kBucketCount) CHECK(bucket_of(bucket_ns(bucket + 1) - 1) == bucket);
    }
    CHECK(bucket_of(UINT64_MAX) == kBucketCount - 1);
    CHECK(bucket_ns(kBucketCount) == UINT64_MAX);
}

void check_clock() {
    stats::prepare_clock();
    const uint64_t ticks = stats::ticks(), ns = stats::system_ns();
    while (stats::system_ns() - ns < 20000000) {
    }
    const uint64_t passed = stats::duration_ns(stats::ticks() - ticks), real = stats::system_ns() - ns;
    CHECK(passed > real - real / 100 && passed < real + real / 100);
    CHECK(stats::duration_ns(static_cast<uint64_t>(-5)) == 0);
}

}  // namespace

int main() {
    for (const uint64_t length : {1ull, 100ull, 1ull << 20, (5ull << 20) + 1}) check_announcements(length);
    aiges_buffer* empty = create_buffer(0);
    CHECK(empty && empty->data);
    empty->release(empty);
    CHECK(create_buffer(UINT64_MAX) == nullptr && create_buffer(UINT64_MAX / 4) == nullptr);
    check_forgeries();
    check_buckets();
    check_clock();
    std::puts("ok");
}
