package pop3

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-sasl"

	"posthorn/account"
	"posthorn/account/auth"
)

// capabilities are what a server says it can do (RFC 2449): the arguments of each
// by its name in upper case. Nil: it does not know CAPA.
type capabilities map[string][]string

func (c capabilities) has(name string) bool { _, ok := c[name]; return ok }

// Delay returns how long the server wants to be left alone between logins (RFC
// 2449, section 6.6), zero where it does not say.
func (d *Drop) Delay() time.Duration {
	args := d.caps["LOGIN-DELAY"]
	if len(args) == 0 {
		return 0
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(min(n, maxDelay)) * time.Second
}

// maxDelay bounds, in seconds, what a server may ask for between logins.
const maxDelay = 24 * 60 * 60

// maxCapabilities bounds a list that has a dozen lines.
const maxCapabilities = 500

// learn asks for the capabilities.
func (d *Drop) learn() error {
	const op = "ask what the server can do"
	d.caps = nil
	_, err := d.command(op, "CAPA")
	var e *account.Error
	if errors.As(err, &e) && e.Kind == account.Denied {
		return nil
	}
	if err != nil {
		return err
	}
	d.caps = make(capabilities)
	for line, err := range d.lines(op, maxCapabilities) {
		if err != nil {
			return err
		}
		if f := strings.Fields(line); len(f) > 0 {
			d.caps[strings.ToUpper(f[0])] = f[1:]
		}
	}
	return nil
}

// relearn asks again for the capabilities where the server said that the time between
// logins is another for each user (RFC 2449, section 6.6).
func (d *Drop) relearn() error {
	before := d.caps
	if !slices.Contains(before["LOGIN-DELAY"], "USER") {
		return nil
	}
	err := d.learn()
	if d.caps == nil {
		d.caps = before
	}
	return err
}

// login logs in by SASL where the server offers a mechanism that we know, else by
// USER and PASS.
func (d *Drop) login(ctx context.Context, l account.Login) error {
	pass, err := l.Password(ctx)
	if err != nil {
		return err
	}
	op, name := "log in as "+l.User, "USER and PASS"
	offered := d.caps["SASL"]
	mech, err := auth.Choose(offered, l, pass)
	switch {
	case err == nil:
		name = auth.Name(mech)
		err = d.authenticate(op, mech)
	case l.Mechanism == "" && (d.caps == nil || d.caps.has("USER") || len(offered) == 0):
		err = d.userPass(op, l.User, pass)
	default:
		var e *account.Error
		if errors.As(err, &e) {
			e.Server = d.server.Addr()
		}
		return err
	}
	err = d.loginError(err)
	if err == nil {
		d.log.Info("logged in", "mechanism", name)
	} else {
		d.log.Warn("login failed", "mechanism", name, "err", err)
	}
	return err
}

// userPass is RFC 1939, section 7.
func (d *Drop) userPass(op, user, pass string) error {
	if _, err := d.command(op, "USER "+user); err != nil {
		return err
	}
	_, err := d.command(op, "PASS "+pass)
	return err
}

// maxInitial bounds the command that carries a mechanism's first message (RFC
// 5034, section 4). A longer one waits to be asked for.
const maxInitial = 253

// maxExchange bounds how often a server may ask.
const maxExchange = 20

// authenticate is AUTH of RFC 5034.
func (d *Drop) authenticate(op string, mech sasl.Client) error {
	name, first, err := mech.Start()
	if err != nil {
		return &account.Error{Kind: account.BadLogin, Op: op, Server: d.server.Addr(), Err: err}
	}
	line := "AUTH " + name
	if first != nil {
		if whole := line + " " + encode(first); len(whole) <= maxInitial {
			line, first = whole, nil
		}
	}
	if err := d.send(op, line); err != nil {
		return err
	}
	for range maxExchange {
		challenge, more, err := d.challenge(op)
		if err != nil || !more {
			return err
		}
		response := first
		if first = nil; response == nil {
			if response, err = mech.Next(challenge); err != nil {
				return d.cancel(op, err)
			}
		}
		if err := d.send(op, strings.TrimPrefix(encode(response), "=")); err != nil {
			return err
		}
	}
	return d.garbled(op, "the server asked more than %d times", maxExchange)
}

// encode is base64; an initial response that is empty is an equals sign.
func encode(b []byte) string {
	if len(b) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(b)
}

// challenge reads a challenge, or the answer that ends the exchange.
func (d *Drop) challenge(op string) (challenge []byte, more bool, err error) {
	if b, err := d.r.Peek(1); err != nil || b[0] != '+' {
		_, err := d.answer(op)
		return nil, false, err
	}
	if b, err := d.r.Peek(3); err == nil && strings.EqualFold(string(b), "+OK") {
		_, err := d.answer(op)
		return nil, false, err
	}
	line, err := d.line(op)
	if err != nil {
		return nil, false, err
	}
	challenge, err = base64.StdEncoding.DecodeString(strings.TrimSpace(line[1:]))
	if err != nil {
		return nil, false, d.garbled(op, "the server's challenge is no base64")
	}
	return challenge, true, nil
}

// cancel gives up an exchange that makes no sense to the mechanism.
func (d *Drop) cancel(op string, why error) error {
	if err := d.send(op, "*"); err != nil {
		return err
	}
	if _, err := d.answer(op); d.broken != nil {
		return err
	}
	return &account.Error{Kind: account.Garbled, Op: op, Server: d.server.Addr(), Err: why}
}
