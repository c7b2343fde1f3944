-- Clients that have said all they are going to say (FIN), and still listen.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local BODY = kit.payload(3000000)

local function get(target)
  return "GET " .. target .. " HTTP/1.1\r\nHost: x\r\n\r\n"
end

describe("a half-closed client", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  -- A client that says BYTES, and nothing more.
  local function client_saying(bytes)
    local client = line:send(bytes)
    client:shutdown()
    line:settle()
    return client
  end

  it("is answered", function()
    local client = client_saying(get "/")
    line:ask()
    assert.equal("ok", line:answer "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".body)
    client:expect_eof()
    line:probe()
    assert.equal(1, line.backend.accepted)
  end)

  it("is answered when it has sent a body", function()
    local client = client_saying("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
    assert.equal("hi", line:ask().body)
    assert.equal(200, line:answer "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".status)
    client:expect_eof()
  end)

  it("is answered whole, however slowly it reads", function()
    for _, framing in ipairs { "Content-Length: " .. #BODY, "Connection: close" } do
      for _, request in ipairs { get "/", "GET / HTTP/1.0\r\n\r\n" } do
        local client = line:connect { receive_buffer = 4096 }
        client:pause()
        client_saying(request)
        line:ask()
        line.server:post("HTTP/1.1 200 OK\r\n" .. framing .. "\r\n\r\n" .. BODY)
        if framing == "Connection: close" then line.server:shutdown() end
        line:settle()
        client:resume()
        assert.is_true(line:answer().body == BODY)
        client:expect_eof()
      end
    end
  end)

  it("is answered all that it asked", function()
    local client = client_saying(get "/1" .. get "/2" .. get "/3")
    for i = 1, 3 do
      assert.equal("/" .. i, line:ask().target)
      local body = "answer " .. i
      assert.equal(body, line:answer(kit.response { body = body }).body)
    end
    client:expect_eof()
    assert.equal(1, line.backend.accepted)
  end)

  it("is told what is wrong", function()
    for _, bytes in ipairs { "nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n" } do
      local client = client_saying(bytes)
      assert.equal(400, client:read_message().status)
      client:expect_eof()
    end
    line.backend:close()
    local client = client_saying(get "/")
    assert.equal(503, client:read_message().status)
    client:expect_eof()
  end)

  it("is told what is wrong behind what was good, however slowly it reads", function()
    local client = line:connect { receive_buffer = 4096 }
    client:pause()
    client_saying(get "/" .. "nonsense\r\n\r\n")
    line:ask()
    line.server:post(kit.response { body = BODY })
    line:settle()
    client:resume()
    assert.is_true(line:answer().body == BODY)
    assert.equal(400, client:read_message().status)
    client:expect_eof()
  end)

  it("without a whole head is let go, and nobody is asked", function()
    for _, bytes in ipairs { "G", "GET / HTTP/1.1\r\nHost: x\r\n", "\r\n", "\r\n\r" } do
      local client = client_saying(bytes)
      client:expect_eof()
    end
    client_saying(get "/1" .. "GET /2 HTTP/1.1\r\nHost: x\r\n\r")
    assert.equal("/1", line:ask().target)
    line:answer "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    line.client:expect_eof()
    assert.equal("/probe", line:probe().target)
    assert.equal(1, line.backend.accepted)
  end)

  it("that never asked anything is let go", function()
    local client = line:connect()
    client:shutdown()
    client:expect_eof()
  end)

  it("is let go after its answer, though its connection could have been kept", function()
    local client = client_saying(get "/")
    line:ask()
    assert.equal(204, line:answer "HTTP/1.1 204 No Content\r\n\r\n".status)
    client:expect_eof()
  end)
end)
