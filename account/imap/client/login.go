package client

import "context"

// Login logs in with LOGIN, which shows the password to the server. It must not
// be used where the server announces LOGINDISABLED.
func (c *Client) Login(ctx context.Context, user, password string) error {
	c.changing()
	return c.Do(ctx, "LOGIN", nil, Quoted(user), Quoted(password))
}

// Logout ends the session, and waits for the server's answer.
func (c *Client) Logout(ctx context.Context) error { return c.Do(ctx, "LOGOUT", nil) }
