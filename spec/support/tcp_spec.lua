-- How the kit connects, and hears how connections end.

local kit = require "spec.support.kit"
local selftest = require "spec.support.selftest"

local assert_fails, pair = selftest.assert_fails, selftest.pair

describe("the kit", function()
  after_each(kit.cleanup)

  describe("connects", function()
    it("both ends, which know each other's ports", function()
      local client, server, listener = pair()
      assert.equal(listener.port, client.remote_port)
      assert.equal(client.local_port, server.remote_port)
      assert.equal("127.0.0.1:" .. listener.port, listener.addr)
    end)

    it("to a port as well as to an address, and from a chosen address", function()
      local listener = kit.listener()
      kit.connect(listener.port, { from = "127.0.0.2" })
      assert.equal("127.0.0.2", listener:accept().handle:getpeername().ip)
    end)

    it("and says how many connections the spec has not accepted yet", function()
      local listener = kit.listener()
      kit.connect(listener.addr)
      kit.connect(listener.addr)
      kit.until_true(function() return listener:pending() == 2 end)
      listener:accept()
      assert.equal(1, listener:pending())
      assert.equal(2, listener.accepted)
    end)

    it("nowhere where nobody listens", function()
      local port = kit.closed_port()
      assert_fails(("cannot connect to %d: ECONNREFUSED"):format(port), function()
        local _ = kit.connect(port)
      end)
      local late = kit.listener { port = port }
      assert.equal(port, kit.connect(late.addr).remote_port)
    end)

    it("and awaits connections in vain only for so long", function()
      local listener = kit.listener()
      assert_fails("0.01 s passed awaiting a connection to " .. listener.addr, function()
        local _ = listener:accept(0.01)
      end)
    end)

    it("again after a listener was closed and reopened at its port", function()
      local listener = kit.listener()
      listener:close()
      assert_fails("ECONNREFUSED", function() local _ = kit.connect(listener.addr) end)
      listener:reopen()
      local client = kit.connect(listener.addr)
      assert.equal(client.local_port, listener:accept().remote_port)
    end)

    it("to a paused listener, which accepts later", function()
      local listener = kit.listener { paused = true }
      kit.connect(listener.addr)
      listener:expect_silence(0.01)
      listener:resume()
      listener:accept()
    end)

    it("to no deaf listener", function()
      local deaf = kit.deaf_listener()
      assert_fails("0.02 s passed awaiting a connection to", function()
        local _ = kit.connect(deaf.addr, { timeout = 0.02 })
      end)
    end)

    it("and hears of connections nobody wanted", function()
      local listener = kit.listener()
      kit.connect(listener.addr)
      assert_fails("expected no connection", function() listener:expect_silence(1) end)
    end)
  end)

  describe("tells how a connection ends:", function()
    it("orderly", function()
      local client, server = pair()
      client:close()
      server:expect_eof()
      assert.equal("eof", server:expect_closed())
      assert_fails("the connection ended (eof) awaiting reset", function()
        server:expect_reset()
      end)
    end)

    it("by a reset", function()
      local client, server = pair()
      client:reset()
      server:expect_reset()
      assert.equal("reset", server:expect_closed())
      assert_fails("the connection ended (reset) awaiting eof", function() server:expect_eof() end)
      assert_fails("cannot send: E", function() server:send("too late") end)
    end)

    it("not at all, or not before more bytes", function()
      local client, server = pair()
      assert_fails("the connection is open and silent", function() server:expect_eof(0.01) end)
      client:send("x")
      assert_fails('awaited eof or reset; 1 byte had come: "x"',
        function() server:expect_closed() end)
    end)

    it("by the spec, which may not use it any more", function()
      local client = pair()
      client:close()
      client:close()
      assert_fails("the spec has closed this connection", function() client:send("x") end)
      assert_fails("the spec has closed this connection", function() client:expect_eof() end)
    end)
  end)
end)
