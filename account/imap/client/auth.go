package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/emersion/go-sasl"
)

// Capability asks what the server can do.
func (c *Client) Capability(ctx context.Context) error { return c.Do(ctx, "CAPABILITY", nil) }

// Login logs in with LOGIN, which shows the password to the server.
func (c *Client) Login(ctx context.Context, user, password string) error {
	return c.Do(ctx, "LOGIN", nil, Quoted(user), Quoted(password))
}

// Authenticate logs in by SASL (RFC 9051, section 6.2.2).
func (c *Client) Authenticate(ctx context.Context, mech sasl.Client) error {
	name, first, err := mech.Start()
	if err != nil {
		return err
	}
	args := []any{name}
	if first != nil && c.Has("SASL-IR") {
		args, first = append(args, initial(first)), nil
	}
	cmd, err := c.send(ctx, "AUTHENTICATE", nil, args...)
	if err != nil {
		return err
	}
	c.sending.Lock()
	defer c.sending.Unlock()
	return c.converse(ctx, cmd, mech, first)
}

// converse answers the server's challenges until the command ends.
func (c *Client) converse(ctx context.Context, cmd *command, mech sasl.Client, first []byte) error {
	for {
		var challenge string
		select {
		case challenge = <-c.more:
		case <-cmd.done:
			return cmd.err
		case <-ctx.Done():
			c.conn.Close()
			return ctx.Err()
		}
		answer := first
		if first == nil {
			raw, err := base64.StdEncoding.DecodeString(challenge)
			if err == nil {
				answer, err = mech.Next(raw)
			}
			if err != nil {
				return errors.Join(fmt.Errorf("AUTHENTICATE: %w", err), c.answer("*"))
			}
		}
		first = nil
		if err := c.answer(base64.StdEncoding.EncodeToString(answer)); err != nil {
			return err
		}
	}
}

func (c *Client) answer(s string) error {
	c.w.WriteString(s + "\r\n")
	return c.w.Flush()
}

// initial encodes an initial response (RFC 4959).
func initial(b []byte) string {
	if len(b) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(b)
}

// Enable turns extensions on (RFC 9051, section 6.3.1). The server says nothing
// of those it does not know.
func (c *Client) Enable(ctx context.Context, extensions string) (enabled string, err error) {
	err = c.Do(ctx, "ENABLE", func(r Response) bool {
		if r.Name() == "ENABLED" {
			enabled = r.Text()
			return true
		}
		return false
	}, extensions)
	return enabled, err
}

// ID says who we are (RFC 2971).
func (c *Client) ID(ctx context.Context, name string) error {
	return c.Do(ctx, "ID", func(r Response) bool { return r.Name() == "ID" }, `("name" "`+name+`")`)
}

// Logout ends the session.
func (c *Client) Logout(ctx context.Context) error { return c.Do(ctx, "LOGOUT", nil) }
