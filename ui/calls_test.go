package ui

import (
	"context"
	"slices"
	"sync"
)

// calls has a test decide when the methods of a fake answer, and which fail.
type calls struct {
	mu    sync.Mutex // held while a method reads or changes what the fake has
	gates map[moment]*gate
	errs  map[asked]error
	count map[string]int // how often each method was called
}

// asked is a method and the account it is asked about; no account stands for
// all.
type asked struct{ method, account string }

// moment is a point in the run of a method.
type moment struct {
	method string
	at     point
}

type point uint8

const (
	before point = iota // nothing was done yet: a slow line
	amid                // a part of the results was told: a slow search
	after               // all is done, but the answer is under way
)

func newCalls() calls {
	return calls{gates: map[moment]*gate{}, errs: map[asked]error{}, count: map[string]int{}}
}

// hold has calls of a method wait at a point, until the gate lets them pass.
func (c *calls) hold(method string, at point) *gate {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := new(gate)
	c.gates[moment{method, at}] = g
	return g
}

// fail has a method fail for an account, or for all if none is named, until it
// is told nil.
func (c *calls) fail(method, account string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errs[asked{method, account}] = err
}

// openAll lets all pass, as at the end of a test.
func (c *calls) openAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range c.gates {
		g.open()
	}
	clear(c.gates)
}

func (c *calls) failure(method, account string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.errs[asked{method, account}]; err != nil {
		return err
	}
	return c.errs[asked{method, ""}]
}

func (c *calls) wait(ctx context.Context, method string, at point) error {
	c.mu.Lock()
	g := c.gates[moment{method, at}]
	c.mu.Unlock()
	if g == nil {
		return ctx.Err()
	}
	return g.pass(ctx)
}

// call runs what a method does between its gates. None of two methods sees what
// the other has half done.
func call[T any](ctx context.Context, c *calls, method, account string, do func() (T, error)) (T, error) {
	var none T
	c.mu.Lock()
	c.count[method]++
	c.mu.Unlock()
	if err := c.wait(ctx, method, before); err != nil {
		return none, err
	}
	if err := c.failure(method, account); err != nil {
		return none, err
	}
	c.mu.Lock()
	v, err := do()
	c.mu.Unlock()
	if waited := c.wait(ctx, method, after); waited != nil {
		return none, waited
	}
	return v, err
}

// A gate holds calls in the order in which they came.
type gate struct {
	mu      sync.Mutex
	opened  bool
	waiting []chan struct{}
}

func (g *gate) pass(ctx context.Context) error {
	g.mu.Lock()
	if g.opened {
		g.mu.Unlock()
		return ctx.Err()
	}
	c := make(chan struct{})
	g.waiting = append(g.waiting, c)
	g.mu.Unlock()
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open lets all pass, and those that come later.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opened = true
	for _, c := range g.waiting {
		close(c)
	}
	g.waiting = nil
}

// one lets the i-th of those that wait pass, counted from 0.
func (g *gate) one(i int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.waiting[i])
	g.waiting = slices.Delete(g.waiting, i, i+1)
}

// held returns how many wait.
func (g *gate) held() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

// since returns how often methods were called since it was asked last.
func (c *calls) since() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	count := c.count
	c.count = map[string]int{}
	return count
}
