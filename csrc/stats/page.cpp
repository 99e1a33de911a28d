#include "stats/page.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <mutex>
#include <new>

#include "stats/clock.hpp"
#include "stats/reader.hpp"

namespace aiges::stats {
namespace {

struct OwnPage {
    std::mutex mutex;  // guards everything here and who has which slot
    Page* page = nullptr;
    int fd = -1;
    uint32_t next_slot = 0;
};

OwnPage& own_page() {
    // Never destroyed: threads may count while the process exits.
    static OwnPage* own = new OwnPage;
    return *own;
}

// Full size from the start and sealed, so that no process that holds the descriptor can take memory
// away under another (SIGBUS). Sparse: only shards that were written to take memory.
int make_memfd() {
    const int fd = memfd_create("aiges-stats", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return -1;
    if (ftruncate(fd, static_cast<off_t>(kPageBytes)) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    close(fd);
    return -1;
}

// Without memfd (an old kernel, a strict sandbox) the counters still work, for this process alone.
Page* map_page(int fd) {
    const int flags = MAP_SHARED | MAP_NORESERVE | (fd < 0 ? MAP_ANONYMOUS : 0);
    void* memory = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, flags, fd, 0);
    return memory == MAP_FAILED ? nullptr : static_cast<Page*>(memory);
}

void fill_header(PageHeader& header) {
    header.layout = kLayoutVersion;
    header.slot_count = kSlotCount;
    header.shard_count = kShardCount;
    header.bucket_count = kBucketCount;
    header.bytes = kPageBytes;
    header.pid = static_cast<uint32_t>(getpid());
    header.clock_source = static_cast<uint32_t>(the_clock.source);
    header.clock_scale = the_clock.scale;
    header.magic.store(kPageMagic, std::memory_order_release);
}

// What a forked child keeps of its parent's page: who has which slot and which shard, but no
// counts. Calls that other threads of the parent were in do not exist in the child.
void copy_registry(Page& to, const Page& from) {
    fill_header(to.header);
    to.header.shards_used.store(from.header.shards_used.load());
    to.header.slots_used.store(from.header.slots_used.load());
    to.header.open_slots.store(from.header.open_slots.load());
    for (uint32_t word = 0; word < kShardCount / 64; ++word)
        to.header.claims[word].store(from.header.claims[word].load());
    for (uint32_t index = 0; index < from.header.slots_used.load(); ++index) {
        const Slot& old = from.slots[index];
        Slot& fresh = to.slots[index];
        fresh.page_offset = old.page_offset;
        fresh.state.store(old.state.load());
        fresh.opened_ns.store(old.opened_ns.load());
        std::memcpy(fresh.name, old.name, sizeof fresh.name);
        fresh.generation.store(old.generation.load());
    }
}

void before_fork() { own_page().mutex.lock(); }
void after_fork_in_parent() { own_page().mutex.unlock(); }

// The child gets a page of its own at the same address, so that slots and shards it knows stay
// valid and the parent's counters are not touched. System calls only: other threads may have held
// the allocator's lock at the fork.
void after_fork_in_child() {
    OwnPage& own = own_page();
    const int fd = make_memfd();
    Page* fresh = map_page(fd);
    bool moved = false;
    if (fresh) {
        copy_registry(*fresh, *own.page);
        moved = mremap(fresh, kPageBytes, kPageBytes, MREMAP_MAYMOVE | MREMAP_FIXED, own.page) != MAP_FAILED;
    }
    if (!moved && own.fd >= 0)  // copy on write: stale counts, but the parent's page is safe
        mmap(own.page, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, own.fd, 0);
    if (moved && fd >= 0 && own.fd >= 0) {
        dup3(fd, own.fd, O_CLOEXEC);  // the number that page_fd() told stays good
        close(fd);
    }
    own.mutex.unlock();
}

bool make_page(OwnPage& own) {
    prepare_clock();
    const int fd = make_memfd();
    Page* page = map_page(fd);
    if (!page) {
        if (fd >= 0) close(fd);
        return false;
    }
    madvise(page, kPageBytes, MADV_DONTDUMP);
    fill_header(page->header);
    own.page = page;
    own.fd = fd;
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    return true;
}

void write_name(Slot& slot, const char* name) {
    std::memset(slot.name, 0, sizeof slot.name);
    size_t length = strnlen(name, sizeof slot.name - 1);
    if (length == sizeof slot.name - 1)  // cut before a character, not inside one
        while (length && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80) --length;
    std::memcpy(slot.name, name, length);
}

}  // namespace

Slot* open_slot(const char* name) {
    OwnPage& own = own_page();
    const std::lock_guard<std::mutex> lock(own.mutex);
    if (!own.page && !make_page(own)) return nullptr;
    PageHeader& header = own.page->header;
    for (uint32_t tried = 0; tried < kSlotCount; ++tried) {
        const uint32_t index = own.next_slot;
        // Round robin: a slot rests as long as possible before the next engine gets it.
        own.next_slot = (index + 1) % kSlotCount;
        if (header.open_slots.load() >> index & 1) continue;
        Slot& slot = own.page->slots[index];
        slot.page_offset = static_cast<uint64_t>(reinterpret_cast<char*>(&slot) - reinterpret_cast<char*>(own.page));
        write_name(slot, name);
        slot.baseline = sum_shards(slot, header);
        slot.state.store(static_cast<uint32_t>(State::opened));
        slot.opened_ns.store(system_ns());
        slot.generation.fetch_add(1);
        if (header.slots_used.load() <= index) header.slots_used.store(index + 1);
        header.open_slots.fetch_or(UINT64_C(1) << index);
        return &slot;
    }
    return nullptr;
}

void close_slot(Slot* slot) {
    if (!slot) return;
    OwnPage& own = own_page();
    const std::lock_guard<std::mutex> lock(own.mutex);
    own.page->header.open_slots.fetch_and(~(UINT64_C(1) << (slot - own.page->slots)));
    slot->state.store(static_cast<uint32_t>(State::closed));
    slot->generation.fetch_add(1);
}

int page_fd() {
    OwnPage& own = own_page();
    const std::lock_guard<std::mutex> lock(own.mutex);
    return own.fd;
}

}  // namespace aiges::stats
