-- Requests that come before the responses to those in front of them have gone.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local function get(target, ...)
  local lines = { "GET " .. target .. " HTTP/1.1", "Host: x", ... }
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

local function answer(body)
  return kit.response { body = body }
end

describe("pipelined requests", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  it("are answered in order", function()
    line:send(get "/1" .. get "/2" .. get "/3")
    for i = 1, 3 do
      assert.equal("/" .. i, line:ask().target)
      assert.equal("answer " .. i, line:answer(answer("answer " .. i)).body)
    end
    assert.equal(1, line.backend.accepted)
  end)

  it("are taken one by one: the next goes to a backend after the answer has gone", function()
    line:send(get "/1" .. get "/2")
    line:ask()
    line.server:send "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\non"
    line.client:read_until "\r\n\r\non"
    line:settle()
    assert.same({ 0, "" }, { line.backend:pending(), line.server:buffered() })
    line.server:send "e"
    assert.equal("/2", line:ask().target)
    line.client:read(1)
    assert.equal("two", line:answer(answer "two").body)
  end)

  it("may have bodies, which are not taken for requests", function()
    local trap = get "/trap"
    line:send(
      "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: " .. #trap .. "\r\n\r\n" .. trap ..
      "PUT /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" ..
      ("%x\r\n%s\r\n0\r\nGET: /trailer\r\n\r\n"):format(#trap, trap) ..
      "GET /3 HTTP/1.1\r\nHost: x\r\nContent-Length: " .. #trap .. "\r\n\r\n" .. trap ..
      "POST /4 HTTP/1.1\r\nHost: x\r\n\r\n" .. get "/5")
    for i = 1, 5 do
      local request = line:ask()
      assert.same({ "/" .. i, i < 4 and trap or "" }, { request.target, request.body })
      line:answer(answer(""))
    end
  end)

  it("may have any method", function()
    line:send("HEAD /1 HTTP/1.1\r\nHost: x\r\n\r\n" .. get "/2" ..
      "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n" .. get "/4")
    line:ask()
    line:answer "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    line:ask()
    line:answer "HTTP/1.1 204 No Content\r\n\r\n"
    line:ask()
    line:answer "HTTP/1.1 304 Not Modified\r\n\r\n"
    assert.equal("/4", line:ask().target)
    assert.equal("last", line:answer(answer "last").body)
  end)

  it("may have an empty line or two in front of each", function()
    line:send("\r\n" .. get "/1" .. "\r\n\r\n" .. get "/2" .. "\r\n")
    assert.equal("/1", line:ask().target)
    line:answer(answer "1")
    assert.equal("/2", line:ask().target)
    line:answer(answer "2")
    line:send(get "/3")
    assert.equal("/3", line:ask().target)
    assert.equal("3", line:answer(answer "3").body)
  end)

  it("may be many, and may come at any rate", function()
    local backend = kit.backend { handler = function(request) return request.target end }
    local proxy = kit.proxy {
      script = 'return { listen = "127.0.0.1:0", backends = { "%s" }, health = false }', backend,
    }
    local client = proxy:connect()
    local all = {}
    for i = 1, 1500 do all[i] = get("/" .. i, "Filler: " .. ("x"):rep(i % 300)) end
    client:post(table.concat(all))
    for i = 1, #all do
      local response = client:read_message()
      assert(response.status == 200 and response.body == "/" .. i)
    end
    assert.same({ 1500, 1 }, { #backend.requests, backend.connections })
  end)

  it("are answered also behind one that no backend would answer", function()
    line:send(get "/1" .. get "/2")
    line:ask()
    assert.equal(502, line:answer "HTTP/1.1 999 Odd\r\n\r\n".status)
    line.server:expect_closed()
    assert.equal("/2", line:ask().target)
    assert.equal("two", line:answer(answer "two").body)
  end)

  it("are answered up to the one that ends the connection", function()
    for _, last in ipairs { get("/2", "Connection: close"), "GET /2 HTTP/1.0\r\n\r\n" } do
      local client = line:connect()
      client:send(get "/1" .. last .. get "/3" .. get "/4")
      line:ask()
      assert.is_nil(line:answer(answer "1").fields.connection)
      assert.equal("/2", line:ask().target)
      assert.equal("close", line:answer(answer "2").fields.connection)
      client:expect_closed()
      assert.equal("/probe", line:probe().target)
    end
  end)

  it("are answered up to the one that makes no sense", function()
    local client = line:connect()
    client:send(get "/1" .. "GET  /2 HTTP/1.1\r\nHost: x\r\n\r\n" .. get "/3")
    line:ask()
    assert.equal("1", line:answer(answer "1").body)
    local response = client:read_message()
    assert.same({ 400, "close" }, { response.status, response.fields.connection })
    client:expect_eof()
    assert.equal("/probe", line:probe().target)
  end)

  it("are answered up to a chunk that makes no sense", function()
    local client = line:connect()
    client:send("POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" ..
      "1\r\na\r\n?\r\n" .. get "/2")
    local response = client:read_message()
    assert.same({ 400, "close" }, { response.status, response.fields.connection })
    client:expect_eof()
    assert.is_nil(line:accept():drain():find("\r\n0\r\n", 1, true))
    assert.equal("/probe", line:probe().target)
  end)

  it("are read only as far as there is room", function()
    local client = line:connect()
    client:post(get("/many", "Filler: " .. ("x"):rep(8000)):rep(2000))
    line:ask()
    local before
    repeat
      before = client:unsent()
      line:settle()
    until client:unsent() == before
    assert.is_true(before > 4000000)
    line:answer(answer "")
    line:ask()
  end)

  it("do not make the proxy forget that the client has gone", function()
    line:send(get "/1" .. get "/2")
    line:ask()
    line.client:reset()
    line.server:expect_closed()
    assert.equal("/probe", line:probe().target)
  end)
end)
