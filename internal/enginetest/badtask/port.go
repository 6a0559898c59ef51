package main

import (
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

func portModes() map[string]func([]string) {
	return map[string]func([]string){
		"early": func([]string) { // the mark comes 300 ms before the port, or more, if it takes long until somebody finds that closed
			before := refused()
			say(mark + "\n")
			for refused() == before {
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(300 * time.Millisecond)
			serve(open(":8080"), echo)
		},
		"loopback":   func([]string) { l := open("127.0.0.1:8080"); say(mark + "\n"); serve(l, echo) },
		"other-port": func([]string) { l := open(":5000"); say(mark + "\n"); serve(l, echo) },
		"udp": func([]string) {
			if _, err := net.ListenPacket("udp", ":8080"); err != nil {
				panic(err)
			}
			say(mark + "\n")
			forever()
		},
		"no-port":          func([]string) { say(mark + "\n"); forever() },
		"exit-before-port": func(args []string) { say(mark + "\n"); time.Sleep(200 * time.Millisecond); os.Exit(number(args)) },
		"speaks-first":     func([]string) { raw(func(c net.Conn) { c.Write([]byte("220 mail.example ESMTP\r\n")); readAll(c) }) },
		"accepts":          func([]string) { raw(readAll) },
		"closes":           func([]string) { raw(func(c net.Conn) { c.Read(make([]byte, 4096)); c.Close() }) },
		"not-http": func([]string) {
			raw(func(c net.Conn) { c.Read(make([]byte, 4096)); c.Write([]byte("hello there\n")); c.Close() })
		},
		"content-length":     reply("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort"),
		"bad-chunks":         reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"),
		"old-http":           reply("HTTP/1.0 200 OK\r\n\r\n{\"input\": \"hello\"}"),
		"tls":                reply("\x15\x03\x01\x00\x02\x02\x46"),
		"h2":                 reply("\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"),
		"empty-status":       reply("HTTP/1.1 204 No Content\r\n\r\n"),
		"early-answer":       func([]string) { raw(earlyAnswer) },
		"interim-flood":      func([]string) { raw(interimFlood) },
		"endless-header":     func([]string) { raw(endlessHeader) },
		"slow-drip":          func([]string) { raw(slowDrip) },
		"announces-too-much": reply("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n{\"input\": \"hello\"}"),
	}
}

// refused is how often the container has said that a port of its is closed, as the kernel counts it: its resets.
func refused() string {
	b, err := os.ReadFile("/proc/net/snmp")
	if err != nil {
		panic(err)
	}
	var names []string
	for line := range strings.Lines(string(b)) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] != "Tcp:" {
			continue
		}
		if at := slices.Index(names, "OutRsts"); at >= 0 && at < len(words) {
			return words[at]
		}
		names = words
	}
	panic("the kernel counts no resets")
}

// raw serves connections without HTTP.
func raw(each func(net.Conn)) {
	l := good()
	for {
		c, err := l.Accept()
		if err != nil {
			panic(err)
		}
		go each(c)
	}
}

// reply answers every request with these bytes, and hangs up.
func reply(bytes string) func([]string) {
	return func([]string) {
		raw(func(c net.Conn) {
			r := make([]byte, 4096)
			c.Read(r)
			c.Write([]byte(bytes))
			c.Close()
		})
	}
}

func readAll(c net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		if _, err := c.Read(buf); err != nil {
			return
		}
	}
}

// earlyAnswer does not wait for the whole question.
func earlyAnswer(c net.Conn) {
	c.Read(make([]byte, 100))
	c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nearly"))
	c.(*net.TCPConn).CloseWrite()
	time.Sleep(time.Second)
	c.Close()
}

func interimFlood(c net.Conn) {
	c.Read(make([]byte, 4096))
	for {
		if _, err := c.Write([]byte("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")); err != nil {
			return
		}
	}
}

func endlessHeader(c net.Conn) {
	c.Read(make([]byte, 4096))
	c.Write([]byte("HTTP/1.1 200 OK\r\n"))
	for {
		if _, err := c.Write([]byte("X-More: and more and more and more and more\r\n")); err != nil {
			return
		}
	}
}

func slowDrip(c net.Conn) {
	c.Read(make([]byte, 4096))
	c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"))
	for {
		time.Sleep(300 * time.Millisecond)
		if _, err := c.Write([]byte("x")); err != nil {
			return
		}
	}
}

// hogHandler runs out of memory when it is asked.
func hogHandler(w http.ResponseWriter, r *http.Request) {
	os.Stdout.WriteString("a request came\n")
	hog()
}
