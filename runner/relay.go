package runner

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// The words of this program's command line that make it a relay, see [Relay].
const (
	RelayVerb    = "relay"
	RelayConnect = "connect"
)

// What a relay is asked, what it answers, and how it says that a connection ended.
const (
	relayAsk    = 'c'
	relayOpen   = "open"
	relayClosed = "closed"
	relayEnd    = "end"    // the task has ended the connection
	relayBroken = "broken" // the task has broken it off
)

// relayPort is TaskPort.
const relayPort = "8080"

// Relay serves in a container that shares the network of a task's. Each byte that it reads has it connect to the task's port at the
// container's own address, as a host does: what listens on 127.0.0.1 alone is out of reach. Its answer on out is a line: "closed", or
// what else went wrong, and it waits for the next byte; or "open", and it copies between the task and in and out until the task ends
// the connection or breaks it off, of which it says "end" or "broken" on status. It gives no error beside those of reading in.
func Relay(ctx context.Context, in io.Reader, out, status io.Writer) error {
	asked := bufio.NewReader(in)
	say := func(line string) { _, _ = io.WriteString(out, line+"\n") } // nobody else could be told
	for {
		if _, err := asked.ReadByte(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		conn, err := dialTask(ctx)
		switch {
		case err == nil:
			say(relayOpen)
			_, _ = io.WriteString(status, relayBoth(conn, asked, out)+"\n") // as with say
			return nil
		case errors.Is(err, syscall.ECONNREFUSED):
			say(relayClosed)
		default:
			say(plain(err.Error()))
		}
	}
}

// dialTask connects to the container's own address.
func dialTask(ctx context.Context) (*net.TCPConn, error) {
	own, err := ownAddress()
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: 5 * time.Second}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(own.String(), relayPort))
	if err != nil {
		return nil, err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		_ = conn.Close() // it cannot be used
		return nil, fmt.Errorf("a connection of the type %T", conn)
	}
	return tcp, nil
}

// ownAddress is the first address that others reach this container by, of version 4 where there is one.
func ownAddress() (net.IP, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var found net.IP
	for _, a := range all {
		n, ok := a.(*net.IPNet)
		if !ok || !n.IP.IsGlobalUnicast() {
			continue
		}
		if n.IP.To4() != nil {
			return n.IP, nil
		}
		if found == nil {
			found = n.IP
		}
	}
	if found == nil {
		return nil, errors.New("the container has no address of its own")
	}
	return found, nil
}

// relayBoth copies both ways until the task ends the connection, and tells how it did. A task that does not listen to the end of what
// it is asked may answer all the same: the rest is read and dropped.
func relayBoth(conn *net.TCPConn, in io.Reader, out io.Writer) string {
	defer func() { _ = conn.Close() }() // both sides know by then
	go func() {
		if _, err := io.Copy(conn, in); err != nil {
			_, _ = io.Copy(io.Discard, in) // as said
		}
		_ = conn.CloseWrite() // the task may be gone
	}()
	if _, err := io.Copy(out, conn); err != nil {
		return relayBroken
	}
	return relayEnd
}
