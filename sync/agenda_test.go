package sync

import "testing"

// What is done while there is nothing to do ends as soon as there is something.
func TestUndisturbed(t *testing.T) {
	a := agenda{wake: make(chan struct{}, 1)}
	ctx, cancel := a.undisturbed(t.Context())
	defer cancel()
	if ctx.Err() != nil {
		t.Error("it was disturbed by nothing")
	}
	a.ask(&request{})
	if ctx.Err() == nil {
		t.Error("it goes on while somebody waits")
	}
	if ctx, cancel = a.undisturbed(t.Context()); ctx.Err() == nil {
		t.Error("it began while somebody waited")
	}
	cancel()
}
