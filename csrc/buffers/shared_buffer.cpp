#include "buffers/shared_buffer.hpp"

#include <sys/mman.h>

#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace aiges {
namespace {

// From here up memory is mapped: it goes back to the system at once, whatever malloc keeps.
constexpr uint64_t kMapFrom = uint64_t{1} << 20;
constexpr uint64_t kMapLead = 4096;  // puts `data` on a page of its own
constexpr uint64_t kAlignment = 64;
constexpr uint32_t kBufferVersion = 1;

// What lies before the data: who reads aiges_buffer sees the second part only.
struct alignas(kAlignment) BufferBlock {
    alignas(kAlignment) std::atomic<uint64_t> references;
    uint64_t mapped_bytes;  // 0: from the heap
    alignas(kAlignment) aiges_buffer shared;
};
static_assert(sizeof(BufferBlock) == 2 * kAlignment);

BufferBlock* block_of(aiges_buffer* buffer) {
    return reinterpret_cast<BufferBlock*>(reinterpret_cast<char*>(buffer) - offsetof(BufferBlock, shared));
}

void retain(aiges_buffer* buffer) { block_of(buffer)->references.fetch_add(1, std::memory_order_relaxed); }

void release(aiges_buffer* buffer) {
    BufferBlock* block = block_of(buffer);
    // acq_rel: the last one frees after everything the others did with the memory
    if (block->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    buffer->magic = 0;  // a stale announcement is refused as long as the memory is not used again
    if (const uint64_t bytes = block->mapped_bytes)
        munmap(static_cast<char*>(buffer->data) - kMapLead, bytes);
    else
        std::free(block);
}

struct Memory {
    char* data = nullptr;  // the block lies directly before it
    uint64_t mapped_bytes = 0;
};

Memory allocate(uint64_t length) {
    if (length > UINT64_MAX / 2) return {};
    if (length < kMapFrom) {
        const uint64_t padded = (length + kAlignment - 1) / kAlignment * kAlignment;
        void* start = std::aligned_alloc(kAlignment, sizeof(BufferBlock) + padded);
        return {start ? static_cast<char*>(start) + sizeof(BufferBlock) : nullptr, 0};
    }
    const uint64_t bytes = kMapLead + length;
    void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return {};
    return {static_cast<char*>(start) + kMapLead, bytes};
}

// Length of a value: vlen bytes, one trailing NUL not counted, else up to its NUL (type.h).
size_t value_length(const ParamList& entry) {
    if (entry.vlen == 0) return std::strlen(entry.value);
    return entry.value[entry.vlen - 1] == '\0' ? entry.vlen - 1 : entry.vlen;
}

// The text is exactly 16 lower-case hexadecimal digits, as announce_buffer writes it.
aiges_buffer* parse_pointer(const ParamList& entry) {
    if (!entry.value || value_length(entry) != 16) return nullptr;
    uint64_t address = 0;
    for (int i = 0; i < 16; ++i) {
        const char digit = entry.value[i];
        const bool is_number = digit >= '0' && digit <= '9';
        if (!is_number && !(digit >= 'a' && digit <= 'f')) return nullptr;
        address = address << 4 | static_cast<uint64_t>(is_number ? digit - '0' : digit - 'a' + 10);
    }
    return reinterpret_cast<aiges_buffer*>(static_cast<uintptr_t>(address));
}

bool holds(const aiges_buffer& buffer, const DataList& node) {
    const auto start = reinterpret_cast<uintptr_t>(buffer.data);
    const auto data = reinterpret_cast<uintptr_t>(node.data);
    // Differences, not sums: no overflow whatever the numbers are.
    return data >= start && data - start <= buffer.length && node.len <= buffer.length - (data - start);
}

}  // namespace

aiges_buffer* create_buffer(uint64_t length) {
    const Memory memory = allocate(length);
    if (!memory.data) return nullptr;
    auto* block = new (memory.data - sizeof(BufferBlock)) BufferBlock{};
    block->references.store(1, std::memory_order_relaxed);
    block->mapped_bytes = memory.mapped_bytes;
    block->shared = {kBufferVersion, sizeof(aiges_buffer), retain, release, AIGES_BUFFER_MAGIC, memory.data, length};
    return &block->shared;
}

void announce_buffer(aiges_buffer* buffer, aiges_buffer_announcement* announcement) {
    static char key[] = AIGES_BUFFER_KEY;  // the ABI's key is char*; nobody writes to it
    std::snprintf(announcement->text, sizeof announcement->text, "%016" PRIxPTR, reinterpret_cast<uintptr_t>(buffer));
    announcement->node = {key, announcement->text, 16, nullptr};
}

aiges_buffer* announced_buffer(const DataList& node) {
    const ParamList* entry = node.desc;
    while (entry && !(entry->key && std::strcmp(entry->key, AIGES_BUFFER_KEY) == 0)) entry = entry->next;
    aiges_buffer* buffer = entry ? parse_pointer(*entry) : nullptr;
    if (!buffer || reinterpret_cast<uintptr_t>(buffer) % kAlignment) return nullptr;
    if (buffer->magic != AIGES_BUFFER_MAGIC || buffer->version < kBufferVersion) return nullptr;
    if (buffer->size < sizeof(aiges_buffer) || !buffer->retain || !buffer->release) return nullptr;
    if (reinterpret_cast<uintptr_t>(buffer->data) % kAlignment) return nullptr;
    return holds(*buffer, node) ? buffer : nullptr;
}

}  // namespace aiges
