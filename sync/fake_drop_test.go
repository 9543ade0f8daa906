package sync

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

// An office is a drop in memory that outlives its sessions.
type office struct {
	rules
	crash *crash
	mu    sync.Mutex
	waits []parcel
	got   []string // what was retrieved
}

type parcel struct {
	uidl string
	raw  []byte
	says int64 // its size in a list, if that is not what it is
}

// waiting returns how many messages there are.
func (o *office) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.waits)
}

func (o *office) Drop(ctx context.Context) (Drop, error) {
	o.crash.step("dial")
	for _, deed := range []bool{false, true} {
		if _, err := o.meet(ctx, "dial", deed); err != nil {
			return nil, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return &dropLine{office: o, list: slices.Clone(o.waits), gone: map[int]bool{}}, nil
}

type dropLine struct {
	*office
	list []parcel
	gone map[int]bool
	cut  bool
}

// do is called first by every operation, and finish last.
func (d *dropLine) do(ctx context.Context, op string, of ...any) error {
	d.crash.step("before " + op)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case d.cut:
		return &account.Error{Kind: account.Lost, Op: op}
	}
	return d.met(ctx, op, of, false)
}

func (d *dropLine) finish(ctx context.Context, op string, of ...any) error {
	d.crash.step("after " + op)
	return d.met(ctx, op, of, true)
}

func (d *dropLine) met(ctx context.Context, op string, of []any, deed bool) error {
	for _, n := range of {
		op += fmt.Sprint(" ", n)
	}
	cut, err := d.meet(ctx, op, deed)
	d.cut = d.cut || cut
	return err
}

func (d *dropLine) List(ctx context.Context) (list []account.Waiting, err error) {
	if err := d.do(ctx, "list"); err != nil {
		return nil, err
	}
	for i, p := range d.list {
		list = append(list, account.Waiting{Number: i + 1, UIDL: p.uidl, Size: cmp.Or(p.says, int64(len(p.raw)))})
	}
	return list, d.finish(ctx, "list")
}

func (d *dropLine) Retrieve(ctx context.Context, m account.Waiting, w io.Writer) error {
	if err := d.do(ctx, "retr", m.Number); err != nil {
		return err
	}
	p := d.list[m.Number-1]
	d.mu.Lock()
	d.got = append(d.got, p.uidl)
	d.mu.Unlock()
	raw := bytes.ReplaceAll(p.raw, []byte("\r\n"), []byte("\n"))
	half := len(raw) / 2
	if _, err := w.Write(raw[:half]); err != nil {
		return err
	}
	d.crash.step("in retr")
	if _, err := w.Write(raw[half:]); err != nil {
		return err
	}
	if err := d.finish(ctx, "retr", m.Number); err != nil {
		return err
	}
	if p.says > int64(len(p.raw)) {
		return &account.Error{Kind: account.Incomplete, Op: fmt.Sprint("fetch message ", m.Number), Err: errors.New("it is short")}
	}
	return nil
}

func (d *dropLine) Header(ctx context.Context, m account.Waiting, w io.Writer) error {
	if err := d.do(ctx, "top", m.Number); err != nil {
		return err
	}
	header, _, _ := bytes.Cut(bytes.ReplaceAll(d.list[m.Number-1].raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	if _, err := fmt.Fprintf(w, "%s\n\n", header); err != nil {
		return err
	}
	return d.finish(ctx, "top", m.Number)
}

func (d *dropLine) Delete(ctx context.Context, m account.Waiting) error {
	if err := d.do(ctx, "dele", m.Number); err != nil {
		return err
	}
	d.gone[m.Number-1] = true
	return d.finish(ctx, "dele", m.Number)
}

func (d *dropLine) Quit(ctx context.Context) error {
	if err := d.do(ctx, "quit"); err != nil {
		return err
	}
	d.mu.Lock()
	var left []parcel
	for i, p := range d.list {
		if !d.gone[i] {
			left = append(left, p)
		}
	}
	d.waits = append(left, d.waits[len(d.list):]...)
	d.mu.Unlock()
	return d.finish(ctx, "quit")
}

func (d *dropLine) Close() error { return nil }

// A room is a host that mail is delivered to.
type room struct {
	*host
	full error
}

func (r *room) Deliver(ctx context.Context, uidl string, write func(io.Writer) error) error {
	r.crash.step("before deliver")
	if r.full != nil {
		return r.full
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	r.crash.step("in deliver")
	r.set(func() { r.add(r.box("INBOX"), &msg{raw: b.Bytes(), uidl: uidl, date: time.Now()}) })
	r.crash.step("after deliver")
	return nil
}

func (r *room) Delivered(uidl string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.box("INBOX").msgs, func(m *msg) bool { return m.uidl == uidl }), nil
}

// A postman is a sender that remembers what it took.
type postman struct {
	rules
	crash *crash
	mu    sync.Mutex
	took  [][]byte
	rcpt  [][]string
	tries int
}

// Send takes the steps of a submission.
func (p *postman) Send(ctx context.Context, m mail.Outgoing, handing func([]mail.Result) error) ([]mail.Result, error) {
	p.crash.step("before send")
	p.mu.Lock()
	p.tries++
	p.mu.Unlock()
	for _, step := range []string{"ehlo", "mail"} {
		if _, err := p.meet(ctx, step, false); err != nil {
			return nil, err
		}
	}
	results := make([]mail.Result, len(m.Rcpt))
	var last error
	var accepted []string
	for i, r := range m.Rcpt {
		cut, err := p.meet(ctx, "rcpt "+r, false)
		if cut {
			return nil, err
		}
		results[i] = mail.Result{Rcpt: r, Err: err}
		if err != nil {
			last = err
		} else {
			accepted = append(accepted, r)
		}
	}
	if accepted == nil {
		return results, last
	}
	if _, err := p.meet(ctx, "data", false); err != nil {
		return results, err
	}
	p.crash.step("before handing")
	if err := handing(results); err != nil {
		return results, err
	}
	p.crash.step("handing")
	if _, err := p.meet(ctx, "dot", false); err != nil {
		return results, err
	}
	p.mu.Lock()
	p.took, p.rcpt = append(p.took, m.Raw), append(p.rcpt, accepted)
	p.mu.Unlock()
	p.crash.step("after send")
	if cut, err := p.meet(ctx, "dot", true); cut {
		return results, &account.Error{Kind: account.Uncertain, Op: "send", Err: err}
	}
	p.meet(ctx, "quit", false) // nothing depends on it
	return results, nil
}

func (p *postman) sent() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.took)
}

var (
	_ Drop     = (*dropLine)(nil)
	_ Mailroom = (*room)(nil)
	_ Sender   = (*postman)(nil)
)
