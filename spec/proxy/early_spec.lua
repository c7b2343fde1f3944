-- Answers that come before the request has been read to its end, and connections that end although
-- the client may still be sending: the answer arrives, and the rest is nobody's request.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local TRAP = "GET /trap HTTP/1.1\r\nHost: x\r\n\r\n"
local POST = "POST / HTTP/1.1\r\nHost: x\r\n"
local CHUNKED = POST .. "Transfer-Encoding: chunked\r\n\r\n"
local MANY = 20000000

local line

local function count_descriptors()
  local pipe = io.popen(("ls /proc/%d/fd | wc -l"):format(line.proxy.pid))
  local n = pipe:read "n"
  pipe:close()
  return n
end

describe("an early answer", function()
  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  for name, case in pairs {
    length = { POST .. "Content-Length: 100\r\n\r\n", "some ", TRAP .. TRAP },
    chunks = { CHUNKED, "5\r\nsome \r\n", "20\r\n" .. TRAP .. TRAP },
    ["a chunk in pieces"] = { CHUNKED, "64\r\nsome ", TRAP .. TRAP },
  } do
    it("is delivered, and the rest of the request dropped, body by " .. name, function()
      local client = line:send(case[1] .. case[2])
      local server = line:accept()
      server:read_until "some "
      local response = line:answer "HTTP/1.1 413 Too much\r\nContent-Length: 2\r\n\r\nno"
      assert.same({ 413, "close", "no" },
        { response.status, response.fields.connection, response.body })
      server:drain()
      client:post(case[3] .. TRAP)
      client:expect_eof()
      assert.equal("/probe", line:probe().target)
      assert.equal(2, line.backend.accepted)
    end)
  end

  it("may come in pieces while the request goes on, to both ends", function()
    local client = line:send(CHUNKED .. "3\r\none\r\n")
    local server = line:accept()
    server:read_until "3\r\none\r\n"
    server:send "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nun"
    client:read_until "\r\n\r\nun"
    client:send "3\r\ntwo\r\n"
    server:expect "3\r\ntwo\r\n"
    server:send "de"
    client:expect "de"
    client:send "0\r\n\r\n"
    server:expect "0\r\n\r\n"
    server:send "ux"
    client:expect "ux"
    client:expect_eof()
    line:probe()
    assert.equal(1, line.backend.accepted)
  end)

  it("that is big is delivered to a client that sends everything before it reads", function()
    line = wire.new(nil, { paused_conns = true })
    local client = line:connect()
    client:pause()
    client:post(POST .. "Content-Length: " .. MANY .. "\r\n\r\n" .. ("x"):rep(MANY))
    local server = line.backend:accept()
    local body = kit.payload(1000000)
    server:post("HTTP/1.1 200 OK\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
    client:resume()
    assert.is_true(client:read_message().body == body)
    client:expect_eof()
    kit.until_true(function() return client:unsent() == 0 end)
  end)

  it("cut short by RST is not taken for whole, though it was a write that failed", function()
    line = wire.new(nil, { paused_conns = true })
    local client = line:connect()
    client:post(POST .. "Content-Length: " .. MANY .. "\r\n\r\n" .. ("x"):rep(MANY))
    local server = line.backend:accept()
    local before
    repeat
      before = client:unsent()
      line:settle()
    until client:unsent() == before
    line.proxy:signal "sigstop"
    server:send "HTTP/1.1 200 OK\r\n\r\npartial"
    server:reset()
    line.proxy:signal "sigcont"
    assert.is_nil((client:drain()):find("0\r\n\r\n", 1, true))
  end)

  it("before the body is over ends the connection, also when nobody was asked", function()
    line.backend:close()
    local client = line:send(POST .. "Content-Length: 100\r\n\r\nsome ")
    local response = client:read_message()
    assert.same({ 503, "close" }, { response.status, response.fields.connection })
    client:post(TRAP)
    client:expect_eof()
  end)
end)

describe("a client that has not read its last answer yet", function()
  after_each(kit.cleanup)

  for name, request in pairs {
    ["of HTTP/1.0"] = "GET / HTTP/1.0\r\n\r\n",
    ["that says close"] = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ["that has had enough of them"] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
  } do
    it("loses nothing of it by sending more, " .. name, function()
      line = wire.new("limits = { requests = 1 }")
      local body = kit.payload(30000)
      local client = line:connect()
      client:pause()
      client.handle:recv_buffer_size(4096)
      line:ask(request)
      line.server:send("HTTP/1.1 200 OK\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
      line:settle()
      client:post(TRAP)
      line:settle()
      client:resume()
      assert.is_true(client:read_message().body == body)
      client:expect_eof()
      line:probe()
      assert.equal(0, line.backend:pending())
    end)
  end
end)

describe("a client that is refused", function()
  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  it("hears of it, however much it sends before it listens", function()
    for _, bytes in ipairs { "nonsense\r\n\r\n", "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
      POST .. "Expect: x\r\nContent-Length: 5\r\n\r\n" } do
      local client = line:connect()
      client:pause()
      client:post(bytes .. ("x"):rep(MANY))
      kit.until_true(function() return client:unsent() == 0 end)
      client:resume()
      assert.equal("close", client:read_message().fields.connection)
      client:expect_eof()
    end
    line:probe()
  end)

  it("costs nothing any more once it has closed", function()
    local before = count_descriptors()
    local client = line:send "nonsense\r\n\r\n"
    client:read_message()
    client:expect_eof()
    client:close()
    kit.until_true(function() return count_descriptors() == before end)
  end)

  it("is not listened to forever", function()
    local before = count_descriptors()
    local client = line:send "nonsense\r\n\r\n"
    client:read_message()
    client:expect_eof()
    assert.equal(before + 1, count_descriptors())
    kit.until_true(function()
      if not client.write_error then client:post "x" end
      return count_descriptors() == before
    end)
  end)
end)

describe("a connection that is closed after a whole request", function()
  local BODY = kit.payload(1000000)

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  for name, request in pairs {
    ["as its client wished"] = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ["as is usual in HTTP/1.0"] = "GET / HTTP/1.0\r\nHost: x\r\n\r\n",
    ["as is the end of the body"] = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
  } do
    it(name .. " delivers everything, whatever else the client sends", function()
      local client = line:connect { receive_buffer = 4096 }
      line:ask(request)
      client:pause()
      line.server:post("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" .. BODY)
      client:send(TRAP:rep(3000))
      line.server:shutdown()
      line:settle()
      client:resume()
      local response, ending = client:drain()
      assert.same({ "eof", true }, { ending, response:find(BODY:sub(-100), 1, true) ~= nil })
      assert.equal("/probe", line:probe().target)
    end)
  end
end)
