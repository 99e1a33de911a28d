// Whether this thread is inside a callback of an engine.
#pragma once

namespace aiges {

class Engine;

// Lives on the stack while a function of the host runs on behalf of an engine. An engine that is
// asked to stop from in there would wait for itself.
class CallbackFrame {
public:
    explicit CallbackFrame(const Engine* engine) : engine_(engine), outer_(innermost_) { innermost_ = this; }
    ~CallbackFrame() { innermost_ = outer_; }
    CallbackFrame(const CallbackFrame&) = delete;
    CallbackFrame& operator=(const CallbackFrame&) = delete;

    static bool is_inside(const Engine* engine) {
        for (const CallbackFrame* frame = innermost_; frame; frame = frame->outer_)
            if (frame->engine_ == engine) return true;
        return false;
    }

private:
    static inline thread_local const CallbackFrame* innermost_ = nullptr;

    const Engine* engine_;
    const CallbackFrame* outer_;
};

}  // namespace aiges
