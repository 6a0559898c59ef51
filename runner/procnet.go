package runner

import (
	"encoding/hex"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// listens reports whether something in a container listens on TaskPort where the engine's proxy would reach it, by the kernel's own list.
// It takes nothing of the container, and connects to nobody. It is false also where that cannot be known: the process must be one of this
// system, and the container's, which the control group's name tells. The kernel shows both to everyone.
func listens(process int, id string) bool {
	if !isProcessOf(process, id) {
		return false
	}
	at := filepath.Join("/proc", strconv.Itoa(process))
	for _, table := range []string{"tcp6", "tcp"} {
		sockets, err := readSmall(filepath.Join(at, "net", table)) // those that listen stand first
		if err == nil && slices.ContainsFunc(listening(sockets), isReachable) {
			return true
		}
	}
	return false
}

// isProcessOf reports whether a process is one of this system that runs, and a container's.
func isProcessOf(process int, id string) bool {
	if process <= 0 || len(id) < idDigits {
		return false
	}
	groups, err := readSmall(filepath.Join("/proc", strconv.Itoa(process), "cgroup"))
	return err == nil && strings.Contains(groups, id)
}

// idDigits is the length of a container's id.
const idDigits = 64

// isReachable reports whether an address of a container, such as "0.0.0.0:8080", is one of TaskPort that is not its loopback's.
func isReachable(address string) bool {
	at, err := netip.ParseAddrPort(address)
	return err == nil && !at.Addr().Unmap().IsLoopback() && strconv.Itoa(int(at.Port()))+"/tcp" == TaskPort
}

// embeddedDNS is where an engine's own name server listens inside a container.
const embeddedDNS = "127.0.0.11"

// listening reads /proc/net/tcp and /proc/net/tcp6, one after the other, and gives the addresses that something listens on, such as
// "127.0.0.1:5000", sorted. Lines that make no sense are passed over.
func listening(proc string) []string {
	var list []string
	for line := range strings.Lines(proc) {
		const local, state, listen = 1, 3, "0A"
		fields := strings.Fields(line)
		if len(fields) <= state || fields[state] != listen {
			continue
		}
		if at, ok := parseSocket(fields[local]); ok && at.Addr().String() != embeddedDNS {
			list = append(list, at.String())
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// parseSocket reads "0100007F:1388": the address as 32-bit words in the machine's order, which is little-endian wherever containers
// run, then the port.
func parseSocket(s string) (netip.AddrPort, bool) {
	address, port, ok := strings.Cut(s, ":")
	if !ok {
		return netip.AddrPort{}, false
	}
	number, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	b, err := hex.DecodeString(address)
	if err != nil || len(b)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for word := range slices.Chunk(b, 4) {
		slices.Reverse(word)
	}
	ip, ok := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(ip, uint16(number)), ok
}
