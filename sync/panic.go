package sync

import (
	"fmt"
	"runtime/debug"
)

// logPanic is deferred by every goroutine that the engine starts: a panic ends
// the program, and the log has the last word on why.
func (w *worker) logPanic() {
	if p := recover(); p != nil {
		w.log.Error("panic", "value", fmt.Sprint(p), "stack", string(debug.Stack()))
		panic(p)
	}
}
