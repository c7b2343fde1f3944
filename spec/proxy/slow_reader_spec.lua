-- Who reads steadily, however slowly, is not late: it counts what his kernel has taken, although
-- ours makes room for more only in large steps. Who reads nothing at all is.

local kit = require "spec.support.kit"
local slowly = require "spec.support.slowly"
local wire = require "spec.support.wire"

local STALL = 0.6
local LONG = 3 * STALL
local TIMEOUTS = ("timeouts = { stall = %g, response = %g }"):format(STALL, STALL)

local MUCH = kit.payload(1 << 20):rep(8)   -- more than fits into all buffers on the way
local SOME = kit.payload(1 << 20)          -- what the kernel takes at once
local PIECE = kit.payload(16384)
local FEW = 8                              -- pieces that are sent one by one
local LEFT = 2                             -- pieces for which the proxy has room itself

local GET = kit.request {}
local LAST = kit.request { fields = { Connection = "close" } }
local CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

local function chunk(bytes)
  return ("%x\r\n%s\r\n"):format(#bytes, bytes)
end

local function assert_same_bytes(expected, actual)
  assert.equal(#expected, #actual)
  assert.is_true(expected == actual)
end

describe("a client", function()
  local line, client

  -- Connects a client that reads nothing, sends REQUEST, and has the backend read its head.
  local function ask(request)
    client = line:connect { receive_buffer = slowly.receive_buffer, paused = true }
    client:send(request)
    line:accept():read_head()
  end

  local function queued()
    line:settle()
    return assert(slowly.queued(line.proxy.port, client.local_port), "the client was cut")
  end

  -- How much of a long response the kernel takes for a client that reads nothing.
  local function capacity()
    local now, before = 0, nil
    ask(GET)
    line.server:post(kit.response { body = MUCH })
    while now == 0 or now ~= before do before, now = now, queued() end
    client:reset()
    return now
  end

  -- Asks for the last response. The backend sends as much of it as the kernel can take, some pieces
  -- for which only the proxy has room, and its end. Returns the body.
  local function fill_to_the_brim()
    local body = kit.payload(capacity() // #PIECE * #PIECE - FEW * #PIECE)
    local most, left = 0, 0
    ask(LAST)
    line.server:send(CHUNKED .. chunk(body))
    while left < LEFT do
      line.server:send(chunk(PIECE))
      body = body .. PIECE
      local now = queued()
      left = now > most and 0 or left + 1
      most = math.max(most, now)
    end
    line.server:send "0\r\n\r\n"
    line.proxy:wait_line('access %g+:' .. client.local_port .. ' .* 200 ')
    return body
  end

  before_each(function() line = wire.new(TIMEOUTS) end)
  after_each(kit.cleanup)

  it("that reads slowly gets all of a long response", function()
    ask(GET)
    line.server:post(kit.response { body = MUCH })
    slowly.read(client, LONG)
    assert_same_bytes(MUCH, line:answer().body)
    line:probe()
  end)

  it("that reads slowly gets all of the last response, with which the proxy is done", function()
    local body = fill_to_the_brim()
    slowly.read(client, LONG)
    assert_same_bytes(body, line:answer().body)
    client:expect_eof()
  end)

  it("that reads nothing is cut", function()
    ask(GET)
    local began = kit.now()
    line.server:post(kit.response { body = MUCH })
    line.proxy:wait_line "access .* cut$"
    local took = kit.now() - began
    assert.is_true(took > STALL - 0.01 and took < 2 * STALL + 0.5, took .. " s")
    line.server:expect_closed()
  end)

  it("that reads nothing of the last response, with which the proxy is done, is cut", function()
    fill_to_the_brim()
    local other = line:connect()
    other:expect_silence(2.5 * STALL)
    line.proxy:signal "sigterm"
    line.proxy:wait_line "draining: 1 connections"
  end)
end)

describe("a backend", function()
  local line

  before_each(function()
    line = wire.new(TIMEOUTS, { receive_buffer = slowly.receive_buffer, paused_conns = true })
  end)
  after_each(kit.cleanup)

  -- Sends a request with BODY of which the backend, which reads nothing yet, is to take all.
  local function send(method, body)
    line:connect():post(kit.request { method = method, body = body })
    line.server = line.backend:accept()
  end

  local function assert_answered(body)
    assert_same_bytes(body, line:ask().body)
    assert.equal("ok", line:answer(kit.response { body = "ok" }).body)
  end

  local function assert_late()
    local began = kit.now()
    assert.equal(504, line.client:read_message().status)
    local took = kit.now() - began
    assert.is_true(took < 2 * STALL + 0.5, took .. " s")
    line.proxy:wait_line "warn +backend 127.0.0.1:%d+: "
  end

  it("that reads slowly is not late with its answer to a long request", function()
    send("PUT", MUCH)
    slowly.read(line.server, LONG)
    assert_answered(MUCH)
  end)

  it("that reads slowly is not late with its answer to one that the kernel took at once", function()
    send("POST", SOME)
    slowly.read(line.server, LONG)
    assert_answered(SOME)
  end)

  it("that reads nothing is late with its answer to a long request", function()
    send("PUT", MUCH)
    assert_late()
  end)

  it("that reads nothing is late with its answer to one that the kernel took at once", function()
    send("PUT", SOME)
    assert_late()
  end)
end)
