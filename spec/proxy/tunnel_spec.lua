-- Tunnels: bytes as they are, both ways, each way until its end.

local kit = require "spec.support.kit"
local tunnel = require "spec.support.tunnel"
local wire = require "spec.support.wire"

local ODD = "\0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n0\r\n\r\n\255\n"
local LARGE = kit.payload(8 << 20)

describe("a tunnel", function()
  local line

  after_each(kit.cleanup)

  local function open(keys, options)
    line = wire.new(keys)
    return tunnel.open(line, options)
  end

  -- Both have seen the same end, and the proxy serves on, over new connections.
  local function assert_over(...)
    for _, conn in ipairs { ... } do conn:expect_eof() end
    line:probe()
    assert.equal(2, line.backend.accepted)
  end

  it("passes on whatever bytes there are, both ways", function()
    local client, server = open()
    for _ = 1, 3 do
      client:send(ODD)
      server:expect(ODD)
      server:send(ODD)
      client:expect(ODD)
    end
  end)

  it("passes on each byte by itself, without waiting for more", function()
    local client, server = open()
    for i = 0, 255 do
      client:send(string.char(i))
      server:expect(string.char(i))
      server:send(string.char(255 - i))
      client:expect(string.char(255 - i))
    end
  end)

  it("passes on much both ways at once", function()
    local client, server = open()
    client:post(LARGE)
    server:post(LARGE)
    assert.is_true(client:read(#LARGE, 20) == LARGE)
    assert.is_true(server:read(#LARGE, 20) == LARGE)
    client:send "and little again"
    server:expect "and little again"
  end)

  it("has what came with the agreement, and what the client said before it", function()
    line = wire.new()
    line:ask(tunnel.ASK .. "early")
    line.server:send(tunnel.AGREE .. "with it")
    line.client:read_head()
    line.client:expect "with it"
    line.server:expect "early"
  end)

  it("gives nothing of it to the backend before the agreement", function()
    line = wire.new()
    line:ask(tunnel.ASK .. "early")
    line:settle()
    line.server:expect_silence(0.1)
    line.server:send(tunnel.AGREE)
    line.server:expect "early"
  end)

  describe("whose client has ended", function()
    it("goes on with what the backend says, until that ends too", function()
      local client, server = open()
      client:send "last words"
      client:shutdown()
      server:expect "last words"
      server:expect_eof()
      line:settle()
      server:send "still here"
      client:expect "still here"
      server:send(LARGE, 20)
      server:shutdown()
      assert.is_true(client:read_all(20) == LARGE)
      assert_over(client, server)
    end)

    it("delivers all that was said before, however slowly it is taken", function()
      local client, server = open()
      server:pause()
      client:post(LARGE)
      line:settle()
      server:resume()
      assert.is_true(server:read(#LARGE, 20) == LARGE)
      client:shutdown()
      server:expect_eof()
    end)

    it("answers when all has come, as cat into a remote command does", function()
      local client, server = open()
      client:post(LARGE)
      client:shutdown(20)
      local sum = kit.fnv1a(server:read_all(20))
      server:send(tostring(sum))
      server:shutdown()
      assert.equal(tostring(kit.fnv1a(LARGE)), client:read_all())
      assert_over(client, server)
    end)
  end)

  describe("whose backend has ended", function()
    it("goes on with what the client says, until that ends too", function()
      local client, server = open()
      server:send "last words"
      server:shutdown()
      client:expect "last words"
      client:expect_eof()
      client:send(LARGE, 20)
      client:shutdown()
      assert.is_true(server:read_all(20) == LARGE)
      assert_over(client, server)
    end)

    it("delivers all that was said before, however slowly it is taken", function()
      local client, server = open("", { receive_buffer = 4096 })
      client:pause()
      server:post(LARGE)
      line:settle()
      client:resume()   -- or the end could not be sent: nothing on the way need hold so much
      server:shutdown(20)
      assert.is_true(client:read_all(20) == LARGE)
      client:shutdown()
      assert_over(server)
    end)
  end)

  describe("whose client is reset", function()
    it("resets the backend", function()
      local client, server = open()
      client:reset()
      server:expect_reset()
      line:probe()
    end)

    it("delivers what was said before", function()
      local client, server = open()
      client:send "last words"
      client:reset()
      server:expect "last words"
      server:expect_reset()
    end)

    it("resets the backend, though that has ended before", function()
      local client, server = open()
      server:shutdown()
      client:expect_eof()
      client:reset()
      server:expect_reset()
    end)
  end)

  describe("whose backend is reset", function()
    it("resets the client", function()
      local client, server = open()
      server:reset()
      client:expect_reset()
      line.proxy:wait_line "backend 127.0.0.1:%d+: .*, tunnel cut short"
      line:probe()
    end)

    it("resets the client, though that has ended before", function()
      local client, server = open()
      client:shutdown()
      server:expect_eof()
      server:reset()
      client:expect_reset()
    end)
  end)

  it("is cut when the backend says something to a client that has closed", function()
    local client, server = open()
    client:close()
    server:expect_eof()
    kit.until_true(function()
      server:post "hello?"
      return server.write_error
    end, "an error of the backend's connection")
    line.proxy:wait_line "GET /chat .* cut$"
  end)

  describe("with somebody who does not read", function()
    local ENOUGH = 32 << 20

    -- FROM says much to TO, who does not read; the other way goes on, and at last everything comes.
    local function assert_stops(from, to)
      to:pause()
      from:post(LARGE:rep(ENOUGH // #LARGE))
      local unsent, same = -1, 0
      while same < 5 do
        line:settle()
        same = from:unsent() == unsent and same + 1 or 0
        unsent = from:unsent()
      end
      -- How much the kernel holds between the two, in four buffers, is a matter of its settings.
      assert.is_true(unsent > ENOUGH // 8, unsent .. " bytes are unsent")
      to:send "the other way"
      from:expect "the other way"
      to:resume()
      for _ = 1, ENOUGH // #LARGE do assert.is_true(to:read(#LARGE, 30) == LARGE) end
    end

    it("stops the client", function()
      local client, server = open()
      assert_stops(client, server)
    end)

    it("stops the backend", function()
      local client, server = open()
      assert_stops(server, client)
    end)
  end)

  describe("in which nothing moves for timeouts.tunnel", function()
    it("is closed at both ends", function()
      local client, server = open "timeouts = { tunnel = 0.2 }"
      client:expect_eof()
      server:expect_eof()
      line:probe()
    end)

    it("is closed, though one way has ended", function()
      local client, server = open "timeouts = { tunnel = 0.2 }"
      client:shutdown()
      server:expect_eof()
      client:expect_eof()
    end)

    it("is cut, if somebody has not taken all", function()
      local client, server = open("timeouts = { tunnel = 0.2 }", { receive_buffer = 4096 })
      client:pause()
      server:post(LARGE)
      kit.until_true(function() return server.write_error or server.inbox.ended end,
        "the end of the backend's connection")
      client:resume()
      local got, how = client:drain()
      assert.is_true(#got < #LARGE)
      assert.equal("reset", how)
    end)

    it("is not closed while something moves, whichever way", function()
      local client, server = open "timeouts = { tunnel = 0.3 }"
      for _, pair in ipairs { { client, server }, { server, client } } do
        for _ = 1, 5 do
          pair[1]:send "x"
          pair[2]:expect "x"
          pair[1]:expect_silence(0.1)
        end
      end
      client:expect_eof()
      server:expect_eof()
    end)

    it("is closed as its pool says", function()
      local backend = kit.listener()
      local proxy = kit.proxy { script = [[
        return {
          listen = "127.0.0.1:0", health = false, timeouts = { tunnel = 3000 },
          pools = { only = { backends = { "%s" }, timeouts = { tunnel = 0.2 } } },
        }
      ]], backend }
      line = setmetatable({ backend = backend, proxy = proxy }, wire)
      local client, server = tunnel.open(line)
      client:expect_eof()
      server:expect_eof()
    end)
  end)

  it("is not bound by the timeouts of requests", function()
    local client, server = open "timeouts = { stall = 0.1, response = 0.1, idle = 0.1, head = 0.1 }"
    client:expect_silence(0.4)
    client:send "still"
    server:expect "still"
    server:send "here"
    client:expect "here"
  end)

  it("holds its backend's lease, and is told of when it ends", function()
    local client, server = open [[
      pick = {
        pick = function(up) print("inflight", up[1].inflight, up[1].ewma ~= nil) return up[1] end,
        done = function(_, r) print("done", r.status, r.err, r.bytes, r.t > r.ttfb) end,
      }
    ]]
    line:probe()
    line.proxy:wait_line "inflight 1 true"
    line.proxy:wait_line "done 200"
    server:send "12345"
    client:expect "12345"
    client:send "123"
    server:expect "123"
    client:shutdown()
    server:shutdown()
    line.proxy:wait_line "done 101 nil 5 true"
    line.proxy:wait_line '"GET /chat HTTP/1.1" 101 5 [^ ]+ tries=1 first=[%d.]+ total=[%d.]+$'
    client:expect_eof()
    line:probe()
    line.proxy:wait_line "inflight 0 true"
  end)

  it("says in the log that it was cut", function()
    local client, server = open("pick = { done = function(_, r) print('done', r.err) end, " ..
      "pick = function(up) return up[1] end }")
    client:reset()
    server:expect_reset()
    line.proxy:wait_line '"GET /chat HTTP/1.1" 101 0 [^ ]+ .* cut$'
    line.proxy:wait_line "done client"
  end)

  it("is one of many", function()
    line = wire.new()
    local pairs_of = {}
    for i = 1, 100 do pairs_of[i] = { tunnel.open(line) } end
    for round = 1, 3 do
      for i, pair in ipairs(pairs_of) do
        pair[1 + round % 2]:send(("%d of %d"):format(round, i))
      end
      for i, pair in ipairs(pairs_of) do
        pair[2 - round % 2]:expect(("%d of %d"):format(round, i))
      end
    end
  end)

  describe("while draining", function()
    it("goes on, and when it has ended the proxy has too", function()
      local client, server = open "timeouts = { drain = 60 }"
      line.proxy:signal "sigterm"
      line.proxy:wait_line "draining: 1 connections"
      client:send "still"
      server:expect "still"
      server:send "here"
      client:expect "here"
      client:shutdown()
      server:shutdown()
      client:expect_eof()
      server:expect_eof()
      assert.equal(0, line.proxy:wait_exit())
    end)

    it("is cut when timeouts.drain is over", function()
      local client, server = open "timeouts = { drain = 0.2 }"
      line.proxy:signal "sigterm"
      line.proxy:wait_line "timeouts.drain is over: 1 connections are cut"
      client:expect_reset()
      server:expect_reset()
      assert.equal(0, line.proxy:wait_exit())
    end)
  end)

  it("does not notice that the script is loaded anew", function()
    local client, server = open()
    local other = kit.listener()
    line.proxy:rewrite("return { listen = '127.0.0.1:0', backends = { '%s' }, health = false, " ..
      "timeouts = { tunnel = 0.1 } }", other)
    line.proxy:signal "sighup"
    line.proxy:wait_line "loaded .* anew"
    line:connect():send "GET /new HTTP/1.1\r\nHost: x\r\n\r\n"
    local new = other:accept()
    assert.equal("/new", new:read_message().target)
    client:expect_silence(0.3)
    client:send(ODD)
    server:expect(ODD)
    server:send(ODD)
    client:expect(ODD)
    client:shutdown()
    server:expect_eof()
    server:shutdown()
    client:expect_eof()
    new:send "HTTP/1.1 204 No Content\r\n\r\n"
    assert.equal(204, line.client:read_message().status)
  end)
end)
