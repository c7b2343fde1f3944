-- Who does not read stops who sends: the proxy keeps no more of a body than its buffers hold.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local SIZE = 32 << 20
local GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
local POST = "POST / HTTP/1.1\r\nHost: x\r\n"
local OK = "HTTP/1.1 200 OK\r\n"
local NOTHING = "HTTP/1.1 204 No Content\r\n\r\n"

-- A body in chunks of all kinds of sizes, and what it is.
local function chunks_of(payload)
  local pieces, at, size = {}, 1, 1
  while at <= #payload do
    pieces[#pieces + 1] = payload:sub(at, at + size - 1)
    at, size = at + size, size * 7 % 200003
  end
  return pieces
end

describe("backpressure", function()
  local payload = kit.payload(1 << 20):rep(SIZE >> 20)
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  -- Kilobytes of memory that the proxy uses.
  local function memory()
    for text in io.lines(("/proc/%d/status"):format(line.proxy.pid)) do
      local number = text:match "^VmRSS:%s+(%d+) kB"
      if number then return tonumber(number) end
    end
  end

  -- Waits until CONN cannot send on, and returns how much it could.
  local function sent_until_stuck(conn)
    local unsent, same = conn:unsent(), 0
    while same < 5 do
      line:settle()
      same = conn:unsent() == unsent and same + 1 or 0
      unsent = conn:unsent()
    end
    return SIZE - unsent
  end

  -- SENDER sends BYTES to READER, who does not read for a while; READ does at last.
  local function assert_bounded(sender, bytes, reader, read)
    local before = memory()
    sender:post(bytes)
    local sent = sent_until_stuck(sender)
    assert.is_true(sent < SIZE - (8 << 20), sent .. " bytes were taken")
    assert.is_true(memory() - before < 1024, memory() - before .. " kB more")
    reader:resume()
    assert.is_true(read().body == payload)
    assert.is_true(memory() - before < 1024, memory() - before .. " kB more")
  end

  describe("of a client", function()
    local function assert_stops(response, closes)
      local client = line:connect()
      line:ask(GET)
      client:pause()
      local server = line.server
      assert_bounded(server, response, client, function()
        if closes then server:shutdown() end
        return line:answer()
      end)
      line:probe()
    end

    it("stops a body with a length", function()
      assert_stops(OK .. "Content-Length: " .. SIZE .. "\r\n\r\n" .. payload)
      assert.equal(1, line.backend.accepted)
    end)

    it("stops a body in chunks", function()
      assert_stops(kit.response { body = chunks_of(payload) })
      assert.equal(1, line.backend.accepted)
    end)

    it("stops a body that ends with the connection", function()
      assert_stops(OK .. "\r\n" .. payload, true)
    end)
  end)

  describe("of a backend", function()
    local function assert_stops(request)
      line:probe()
      local server, client = line.server, line.client
      server:pause()
      assert_bounded(client, request, server, function() return line:ask() end)
      assert.equal(204, line:answer(NOTHING).status)
      line:probe()
      assert.equal(1, line.backend.accepted)
    end

    it("stops a body with a length", function()
      assert_stops(POST .. "Content-Length: " .. SIZE .. "\r\n\r\n" .. payload)
    end)

    it("stops a body in chunks", function()
      assert_stops(kit.request { method = "PUT", body = chunks_of(payload) })
    end)
  end)

  it("of one client does not hinder another", function()
    local slow = line:connect()
    line:ask(GET)
    local server = line.server
    slow:pause()
    server:post(OK .. "Content-Length: " .. SIZE .. "\r\n\r\n" .. payload)
    sent_until_stuck(server)
    line:connect()
    for _ = 1, 10 do line:probe() end
    assert.equal(2, line.backend.accepted)
    line.client = slow
    slow:resume()
    assert.is_true(line:answer().body == payload)
  end)

  it("works in both directions at once", function()
    local client = line:connect()
    client:send(POST .. "Content-Length: " .. SIZE .. "\r\n\r\n")
    local server = line:accept()
    local head = server:read_head()
    client:pause()
    server:pause()
    local before = memory()
    client:post(payload)
    server:post(OK .. "Content-Length: " .. SIZE .. "\r\n\r\n" .. payload)
    assert.is_true(sent_until_stuck(client) < SIZE - (8 << 20))
    assert.is_true(sent_until_stuck(server) < SIZE - (8 << 20))
    assert.is_true(memory() - before < 1024)
    server:resume()
    assert.is_true(server:read_body(head).body == payload)
    client:resume()
    assert.is_true(line:answer().body == payload)
  end)

  it("keeps little for each of many slow clients", function()
    local before = memory()
    local bytes = OK .. "Content-Length: " .. SIZE .. "\r\n\r\n" .. payload
    local servers = {}
    for i = 1, 20 do
      local client = line:connect { receive_buffer = 4096 }
      line:ask(GET)
      client:pause()
      servers[i] = line.server
      servers[i]:post(bytes)
    end
    for _, server in ipairs(servers) do sent_until_stuck(server) end
    assert.is_true(memory() - before < 20 * 256, memory() - before .. " kB more")
  end)
end)
