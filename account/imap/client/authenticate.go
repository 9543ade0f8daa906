package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-sasl"
)

// Mechanisms returns the SASL mechanisms that the server offers.
func (c *Client) Mechanisms() (list []string) {
	for _, name := range c.Capabilities() {
		if m, ok := strings.CutPrefix(name, "AUTH="); ok {
			list = append(list, m)
		}
	}
	return list
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
	c.changing()
	c.sending.Lock()
	defer c.sending.Unlock()
	cmd, err := c.send(ctx, &Command{name: "AUTHENTICATE"}, args...)
	if err != nil {
		return err
	}
	return c.converse(ctx, cmd, mech, first)
}

// converse answers the server's challenges until the command ends.
func (c *Client) converse(ctx context.Context, cmd *Command, mech sasl.Client, first []byte) error {
	for {
		var challenge string
		select {
		case challenge = <-c.more:
		case <-cmd.done:
			return cmd.err
		case <-ctx.Done():
			c.conn.Close() // half a login cannot be taken back
			return ctx.Err()
		}
		answer := first
		if first == nil {
			raw, err := base64.StdEncoding.DecodeString(challenge)
			if err == nil {
				answer, err = mech.Next(raw)
			}
			if err != nil {
				return errors.Join(fmt.Errorf("AUTHENTICATE: %w", err), c.answer("*"), cmd.ended(ctx))
			}
		}
		first = nil
		if err := c.answer(base64.StdEncoding.EncodeToString(answer)); err != nil {
			return err
		}
	}
}

// ended waits for the end of a command that was given up. That the server
// refuses it then is no error.
func (cmd *Command) ended(ctx context.Context) error {
	err := cmd.Wait(ctx)
	if errors.As(err, new(*Error)) {
		return nil
	}
	return err
}

// initial encodes an initial response (RFC 4959).
func initial(b []byte) string {
	if len(b) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(b)
}
