package dialogue

import (
	"bufio"
	"net"
	"testing"
)

// A server of either kind ends with its test, wherever its client is then.
func TestEnd(t *testing.T) {
	greeting := Script{Proto: "imap", Steps: []Step{{Send: "* OK\r\n"}, {On: "WAIT", Delay: 3600}, {On: "DRIP", Drip: "x"}}}
	for _, server := range []struct {
		name  string
		serve func(t *testing.T) *net.TCPAddr
	}{
		{"dialogue", func(t *testing.T) *net.TCPAddr { return Listen(t, "S: * OK") }},
		{"script", func(t *testing.T) *net.TCPAddr { return greeting.Serve(t).Addr }},
	} {
		for _, client := range []struct {
			name string
			does func(t *testing.T, addr *net.TCPAddr, keep func(net.Conn))
		}{
			{"none comes", func(*testing.T, *net.TCPAddr, func(net.Conn)) {}},
			{"one comes", func(t *testing.T, addr *net.TCPAddr, keep func(net.Conn)) { connect(t, addr, keep) }},
			{"one has heard the greeting", func(t *testing.T, addr *net.TCPAddr, keep func(net.Conn)) {
				greeted(t, connect(t, addr, keep))
			}},
			{"one waits for an answer", func(t *testing.T, addr *net.TCPAddr, keep func(net.Conn)) {
				conn := connect(t, addr, keep)
				greeted(t, conn)
				conn.Write([]byte("a WAIT\r\n"))
			}},
			{"one hears an answer slowly", func(t *testing.T, addr *net.TCPAddr, keep func(net.Conn)) {
				conn := connect(t, addr, keep)
				greeted(t, conn)
				conn.Write([]byte("a DRIP\r\n"))
			}},
		} {
			t.Run(server.name+"/"+client.name, func(t *testing.T) {
				t.Parallel()
				var conns []net.Conn
				t.Run("test", func(t *testing.T) { // it ends, and its client is still there
					client.does(t, server.serve(t), func(c net.Conn) { conns = append(conns, c) })
				})
				for _, c := range conns {
					c.Close()
				}
			})
		}
	}
}

func connect(t *testing.T, addr *net.TCPAddr, keep func(net.Conn)) net.Conn {
	conn, err := net.DialTCP("tcp", nil, addr)
	if err != nil {
		t.Fatal(err)
	}
	keep(conn)
	return conn
}

func greeted(t *testing.T, conn net.Conn) {
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		t.Error(err)
	}
}
