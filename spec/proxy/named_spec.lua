-- What a Connection field can take away by naming it, and what it cannot.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local GET = "GET / HTTP/1.1\r\nHost: x\r\n"
local OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"

describe("Connection", function()
  local line

  before_each(function() line = wire.new "allow = { trace = true }" end)
  after_each(kit.cleanup)

  local function sent(fields, start)
    local request = line:ask((start or GET) .. fields .. "\r\n")
    line:answer(OK .. "\r\n")
    return request.fields
  end

  local function answered(fields)
    line:ask(GET .. "\r\n")
    return line:answer(OK .. fields .. "\r\n").fields
  end

  it("takes what it names, whatever that is for", function()
    for _, name in ipairs { "Cookie", "Authorization", "Cache-Control", "Content-Type",
      "User-Agent", "Set-Cookie", "X-Real-IP", "Proxy", "HTTP2-Settings", "X-Forwarded" } do
      for _, named in ipairs { name, name:lower(), name:upper() } do
        local fields = ("Connection: %s\r\n%s: 1\r\nX-%s: 2\r\n"):format(named, name, name)
        for _, seen in ipairs { sent(fields), answered(fields) } do
          assert.same({ nil, "2" }, { seen[name:lower()], seen["x-" .. name:lower()] })
        end
      end
    end
  end)

  it("is a list, with blanks and gaps, and may be there several times", function()
    for _, connection in ipairs { "a,b", "a , b", "\ta\t,\tb\t", ",a,,b,", " , a , , b , " } do
      local fields = "A: 1\r\nConnection:" .. connection .. "\r\nB: 2\r\nC: 3\r\n"
      for _, seen in ipairs { sent(fields), answered(fields) } do
        assert.same({ nil, nil, "3" }, { seen.a, seen.b, seen.c })
      end
    end
    local fields = "A: 1\r\nconnection: b\r\nB: 2\r\nConnection:\r\nC: 3\r\nCONNECTION: A\r\n"
    for _, seen in ipairs { sent(fields), answered(fields) } do
      assert.same({ nil, nil, "3" }, { seen.a, seen.b, seen.c })
    end
  end)

  it("that is empty takes nothing", function()
    for _, connection in ipairs { "", " ", ",", " ,\t, " } do
      local fields = "Connection:" .. connection .. "\r\nA: 1\r\n"
      for _, seen in ipairs { sent(fields), answered(fields) } do assert.equal("1", seen.a) end
    end
  end)

  it("takes nothing that the proxy says itself", function()
    local seen = sent("Connection: via, x-forwarded-for, x-forwarded-host, x-forwarded-proto, " ..
      "forwarded, x-forwarded-port\r\nVia: 1.1 a\r\nX-Forwarded-For: 6.6.6.6\r\n" ..
      "X-Forwarded-Port: 1\r\n")
    assert.same({ "1.1 luaproxy", "127.0.0.1", "x", "http", nil }, { seen.via,
      seen["x-forwarded-for"], seen["x-forwarded-host"], seen["x-forwarded-proto"],
      seen["x-forwarded-port"] })
    seen = answered "Connection: via, date\r\nVia: 1.1 a\r\nDate: once\r\n"
    assert.equal("1.1 luaproxy", seen.via)
    assert.matches("GMT$", seen.date)
  end)

  it("does not take Max-Forwards where that counts", function()
    for _, method in ipairs { "OPTIONS", "TRACE" } do
      local seen = sent("Connection: max-forwards\r\nMax-Forwards: 3\r\n",
        method .. " / HTTP/1.1\r\nHost: x\r\n")
      assert.equal("2", seen["max-forwards"])
    end
    assert.is_nil(sent("Connection: max-forwards\r\nMax-Forwards: 3\r\n")["max-forwards"])
  end)

  it("may name what ends here in any case", function()
    local seen = sent("Connection: te, trailer, upgrade, keep-alive, close, proxy-connection, " ..
      "connection\r\nTE: trailers\r\nUpgrade: h2c\r\nTrailer: a\r\nB: 1\r\n")
    assert.same({ nil, nil, nil, nil, "1" }, { seen.connection, seen.te, seen.upgrade, seen.trailer,
      seen.b })
  end)

  for _, name in ipairs { "Host", "Content-Length", "Transfer-Encoding", "Expect" } do
    it("that names " .. name .. " is refused, in both directions", function()
      for _, connection in ipairs { name, name:upper(), "a, " .. name:lower() .. " ,b",
        "close\r\nConnection: " .. name } do
        line:send("POST / HTTP/1.1\r\nHost: x\r\nConnection: " .. connection .. "\r\n" ..
          "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n")
        assert.equal(400, line.client:read_message().status)
        line.client:expect_eof()
        line:ask(GET .. "\r\n")
        assert.equal(502, line:answer(OK .. "Connection: " .. connection .. "\r\n\r\n").status)
        line.server:expect_closed()
      end
      line:probe()
    end)
  end
end)
