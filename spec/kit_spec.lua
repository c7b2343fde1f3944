-- How the kit runs programs and cleans up, without the proxy: a small server stands for it.
-- Its connections and messages have specs beside their modules, in spec/support.

local kit = require "spec.support.kit"
local selftest = require "spec.support.selftest"
local uv = require "spec.support.uv"

local assert_fails, pair = selftest.assert_fails, selftest.pair

-- Stands for the proxy: listens, and answers each connection with the first of its words.
local SERVER = [[
  local uv = require "spec.support.uv"
  local body = ... or "none"
  local server = uv.new_tcp()
  server:bind("127.0.0.1", 0)
  server:listen(16, function()
    local client = uv.new_tcp()
    server:accept(client)
    client:read_start(function(_, bytes)
      if not bytes then return client:close() end
      client:write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nSize: " .. #bytes ..
        "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
    end)
  end)
  io.stderr:write("info: listening on 127.0.0.1:", server:getsockname().port, "\n")
  uv.run()
]]

describe("the kit", function()
  after_each(kit.cleanup)

  describe("runs", function()
    it("programs to their end", function()
      local code, out, err = kit.run { "sh", "-c", "cat; echo $COLOUR >&2; exit 3",
        stdin = "text", env = { COLOUR = "blue" } }
      assert.same({ 3, "text", "blue\n" }, { code, out, err })
      assert.same({ 0, "", "", "sigterm" }, { kit.run { "sh", "-c", "kill -TERM $$" } })
      assert.equal("/\n", select(2, kit.run { "pwd", cwd = "/" }))
      assert.equal("33\n", select(2, kit.run { "sh", "-c", "ulimit -n", limits = { nofile = 33 } }))
      assert_fails("cannot start /no/such: ENOENT", function() local _ = kit.run { "/no/such" } end)
    end)

    it("children in the background and awaits their lines", function()
      local child = kit.spawn { "sh", "-c",
        "echo a 1; echo 'b 2 3' >&2; echo a 4; printf end; read x" }
      assert.same({ "2", "3" }, { child:wait_line "b (%d) (%d)" })
      assert.equal("1", child:wait_line "a (%d)")
      assert.equal("4", child:wait_line "a (%d)")
      assert.equal("end", child:wait_line "end")
      assert.equal(0, #child:lines "nothing")
      assert.same({ "1", "4" }, child:lines "a (%d)")
      assert.equal(4, #child:lines())
    end)

    it("children and shows what they said when a wait was in vain", function()
      local child = kit.spawn { "sh", "-c", "echo oops >&2; exec sleep 60" }
      child:wait_line "oops"
      assert_fails(("0.01 s passed awaiting a line with 'good' from sh[%d]\nsh[%d] it said:\n"
        .. "  stderr: oops"):format(child.pid, child.pid),
        function() child:wait_line("good", 0.01) end)
      child:signal "sigterm"
      assert_fails("ended (sigterm) without a line with 'good'",
        function() child:wait_line "good" end)
      assert.same({ 0, "sigterm" }, { child:wait_exit() })
      assert_fails("has ended", function() child:signal "sigterm" end)
    end)

    it("children that stand still in between", function()
      local child = kit.spawn { "sh", "-c", "echo ready; while echo tick; do sleep 0.01; done" }
      child:wait_line "ready"
      child:freeze()
      kit.until_true(function() return pcall(child.wait_line, child, "tick", 0.05) == false end)
      child:thaw()
      child:wait_line "tick"
    end)

    it("a proxy with a script, until it listens", function()
      local proxy = kit.proxy { bin = "lua5.4", script = SERVER, args = { "hello" } }
      assert.equal("127.0.0.1:" .. proxy.port, proxy.addr)
      local response = proxy:get("/", { A = "b" })
      assert.same({ 200, "hello" }, { response.status, response.body })
      local sent = ("GET / HTTP/1.1\r\nHost: %s\r\nA: b\r\n\r\n"):format(proxy.addr)
      assert.equal(tostring(#sent), response.fields.size)
      assert.same({ 0, "sigterm" }, { proxy:stop() })
    end)

    it("a proxy with values in its script, which can be rewritten", function()
      local backend = kit.listener()
      local script = "io.stderr:write('listening on %s\\n') io.stderr:write('%d') io.read()"
      local proxy = kit.proxy { bin = "lua5.4", script = script, backend, 7 }
      assert.equal(backend.addr, proxy.addr)
      proxy:rewrite("return '%s'", backend)
      assert.equal("return '" .. backend.addr .. "'", io.open(proxy.path):read "a")
      local path = proxy.path
      kit.cleanup()
      assert.is_nil(io.open(path))
    end)

    it("a proxy, and says why it did not start", function()
      assert_fails("stderr: lua5.4: bad script", function()
        local _ = kit.proxy { bin = "lua5.4", script = "error('bad script', 0)" }
      end)
      local code, _, err = kit.run { bin = "lua5.4", script = "error('bad script', 0)" }
      assert.equal(1, code)
      assert.matches("bad script", err)
    end)

    it("the echo backend, with its words", function()
      local bin = kit.file('#!/bin/sh\necho "listening on 127.0.0.1:80"\necho "$@"\nread x', "echo")
      uv.fs_chmod(bin, 448)
      local echo = kit.echo { bin = bin, "--delay=1" }
      assert.equal(80, echo.port)
      echo:wait_line "^%-%-port=0 %-%-delay=1$"
    end)
  end)

  describe("cleans up", function()
    it("connections, listeners and children", function()
      local client, _, listener = pair()
      local child = kit.spawn { "sleep", "60" }
      kit.cleanup()
      assert_fails("ECONNREFUSED", function() local _ = kit.connect(listener.addr) end)
      assert.is_true(client.handle:is_closing())
      assert.is_nil(uv.kill(child.pid, 0))
    end)

    it("and says what nobody has heard of", function()
      kit.spawn { "sh", "-c", "kill -SEGV $$" }:wait_exit()
      assert.error_matches(kit.cleanup, "sh%[%d+%] was ended by sigsegv")
      kit.spawn { "sh", "-c", "echo '==1== Invalid read' >&2" }:wait_exit()
      assert.error_matches(kit.cleanup, "sh%[%d+%] complains; it said:\n  stderr: ==1== Invalid")
    end)

    it("children also when the specs end in an error", function()
      local _, pid = kit.run { "lua5.4", "-e", [[
        package.path = "./?.lua;" .. package.path
        local kit = require "spec.support.kit"
        print(kit.spawn { "sleep", "60" }.pid)
        local listener = kit.listener()
        kit.connect(listener.addr):post("x")
        kit.backend().listener:pause()
        error("the end")
      ]] }
      kit.until_true(function()
        local file = io.open("/proc/" .. math.tointeger(pid) .. "/cmdline")
        return not file or file:read "a" == ""   -- gone, or nobody has buried it yet
      end, "the end of sleep")
    end)
  end)

  it("sums bytes", function()
    assert.equal("cbf29ce484222325", kit.fnv1a "")
    assert.equal("85944171f73967e8", kit.fnv1a "foobar")
  end)

  it("makes up the same bytes for the same seed", function()
    assert.equal(1001, #kit.payload(1001))
    assert.equal(kit.payload(100), kit.payload(100, 1))
    assert.not_equal(kit.payload(100), kit.payload(100, 2))
  end)
end)
