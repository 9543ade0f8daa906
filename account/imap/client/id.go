package client

import "context"

// An IDCommand is an ID that was sent.
type IDCommand struct {
	cmd    *Command
	server map[string]string
}

// ID says who we are (RFC 2971), and does not wait for the answer.
func (c *Client) ID(ctx context.Context, name string) (*IDCommand, error) {
	id := &IDCommand{}
	cmd, err := c.Start(ctx, "ID", id.take, "(", `"name"`, Quoted(name), ")")
	id.cmd = cmd
	return id, err
}

// Wait returns what the server says that it is: keys, in lower case, and values.
func (id *IDCommand) Wait(ctx context.Context) (map[string]string, error) {
	if err := id.cmd.Wait(ctx); err != nil {
		return nil, err
	}
	return id.server, nil
}

func (id *IDCommand) take(r *Response) bool {
	if r.Name != "ID" {
		return false
	}
	id.server = map[string]string{}
	r.list(func() {
		key, _ := r.text()
		value, _ := r.text()
		if len(id.server) < 30 {
			id.server[lower(key)] = value
		}
	})
	return true
}
