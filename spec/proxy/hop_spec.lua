-- What ends at the proxy, and what it adds.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local GET = "GET / HTTP/1.1\r\nHost: x\r\n"
local OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"

-- Fields that concern one connection only.
local HOP_BY_HOP = {
  ["Connection"] = "x", ["Keep-Alive"] = "timeout=5, max=100", ["Proxy-Connection"] = "keep-alive",
  ["TE"] = "trailers, deflate;q=0.5", ["Trailer"] = "Sum", ["Upgrade"] = "h2c, websocket",
}

local END_TO_END = {
  "Accept-Encoding", "Authorization", "Cookie", "Content-Type", "Content-Encoding", "Cache-Control",
  "Range", "ETag", "Location", "Pragma", "Server", "Set-Cookie", "User-Agent", "Vary",
  "WWW-Authenticate", "X-Connection", "Keep-Alives", "Trailers", "Upgrade-Insecure-Requests",
  "Content-Lengths", "Encoding", "Proxy-Authorization", "Proxy-Authenticate",
}

describe("the proxy", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  -- What the backend sees of a request with FIELDS, and the client of a response with them.
  local function request_with(fields)
    local request = line:ask(GET .. fields .. "\r\n")
    line:answer(OK .. "\r\n")
    return request.fields
  end

  local function response_with(fields)
    line:ask(GET .. "\r\n")
    return line:answer(OK .. fields .. "\r\n").fields
  end

  describe("drops", function()
    for name, value in pairs(HOP_BY_HOP) do
      it(name .. ", in both directions, however it is written", function()
        for _, written in ipairs { name, name:upper(), name:lower() } do
          local fields = ("A: 1\r\n%s: %s\r\n%s:\r\nB: 2\r\n"):format(written, value, written)
          for _, seen in ipairs { request_with(fields), response_with(fields) } do
            assert.same({ "1", nil, "2" }, { seen.a, seen[name:lower()], seen.b })
          end
        end
      end)
    end

    it("what Connection names, in both directions", function()
      local fields = "X-A: 1\r\nConnection: x-a,\tX-B , close-by,,\r\nX-B: 2\r\nx-B: 3\r\n" ..
        "X-C: 4\r\nConnection: x-d\r\nX-D: 5\r\nClose-By: 6\r\nX-AB: 7\r\n"
      for _, seen in ipairs { request_with(fields), response_with(fields) } do
        assert.same({ nil, nil, "4", nil, nil, "7" }, { seen["x-a"], seen["x-b"], seen["x-c"],
          seen["x-d"], seen["close-by"], seen["x-ab"] })
      end
    end)

    it("nothing else", function()
      for _, name in ipairs(END_TO_END) do
        local fields = name .. ": some; value=\"1, 2\"\r\n"
        for _, seen in ipairs { request_with(fields), response_with(fields) } do
          assert.equal("some; value=\"1, 2\"", seen[name:lower()], name)
        end
      end
    end)

    it("nothing that it adds itself, whatever Connection names", function()
      local seen = request_with("Connection: via, x-forwarded-for, x-forwarded-host, date, " ..
        "x-forwarded-proto\r\nVia: 1.1 mallory\r\nX-Forwarded-For: 6.6.6.6\r\n")
      assert.same({ "1.1 luaproxy", "127.0.0.1", "x", "http" }, { seen.via,
        seen["x-forwarded-for"], seen["x-forwarded-host"], seen["x-forwarded-proto"] })
      seen = response_with "Connection: date, via\r\nDate: yesterday\r\nVia: 1.1 mallory\r\n"
      assert.equal("1.1 luaproxy", seen.via)
      assert.matches("GMT$", seen.date)
    end)
  end)

  describe("adds", function()
    it("Via behind those that are there, with the version it was spoken to", function()
      assert.equal("1.1 luaproxy", request_with("").via)
      assert.same({ "1.0 a, 1.1 b", "1.1 luaproxy" }, request_with("Via: 1.0 a, 1.1 b\r\n").via)
      assert.same({ "1.1 b", "1.1 luaproxy" }, response_with("Via: 1.1 b\r\n").via)
      assert.equal("1.0 luaproxy", line:ask("GET / HTTP/1.0\r\nHost: x\r\n\r\n").fields.via)
      local response = line:answer "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"
      assert.equal("1.0 luaproxy", response.fields.via)
    end)

    it("the client's address as X-Forwarded-For, instead of what the client says", function()
      assert.equal("127.0.0.1", request_with("")["x-forwarded-for"])
      assert.equal("127.0.0.1", request_with("X-Forwarded-For: 10.0.0.1, ::1\r\n" ..
        "x-forwarded-for:\r\nX-FORWARDED-FOR: 3\r\n")["x-forwarded-for"])
      line:connect { from = "127.0.0.9" }
      assert.equal("127.0.0.9", request_with("")["x-forwarded-for"])
    end)

    it("nothing to Forwarded, which nobody could believe: it goes", function()
      assert.is_nil(request_with("Forwarded: for=6.6.6.6\r\nforwarded: by=x\r\n").forwarded)
    end)

    it("X-Forwarded-Host and -Proto, instead of what the client says", function()
      local seen = request_with("X-Forwarded-Host: evil\r\nx-forwarded-proto: https\r\n" ..
        "X-Forwarded-Host: worse\r\nX-Forwarded-Proto: gopher\r\n")
      assert.same({ "x", "http" }, { seen["x-forwarded-host"], seen["x-forwarded-proto"] })
    end)

    it("no X-Forwarded-Host where there was no Host, not even the client's", function()
      local request = line:ask "GET / HTTP/1.0\r\nX-Forwarded-Host: evil\r\n\r\n"
      assert.is_nil(request.fields["x-forwarded-host"])
    end)

    it("Date to a response that has none", function()
      assert.equal("whenever", response_with("Date: whenever\r\n").date)
      local date = response_with("").date
      local day, month, year = date:match "^%a%a%a, (%d%d) (%a%a%a) (%d%d%d%d) %d%d:%d%d:%d%d GMT$"
      assert.is_truthy(day, date)
      local today, yesterday = os.date("!%d%b%Y"), os.date("!%d%b%Y", os.time() - 60)
      assert.is_truthy(day .. month .. year == today or day .. month .. year == yesterday)
    end)
  end)

  describe("tells the backend the Host", function()
    local function hosts(keys, request)
      line = wire.new(keys)
      local seen = line:ask(request).fields
      return { seen.host, seen["x-forwarded-host"] }
    end

    it("of the client", function()
      assert.same({ "x", "x" }, hosts("", GET .. "\r\n"))
      assert.same({ "X.org:80", "X.org:80" }, hosts('host = "keep"',
        "GET / HTTP/1.1\r\nHOST:X.org:80\r\n\r\n"))
    end)

    it("of the backend with host = \"backend\", and the client's beside it", function()
      local request = hosts('host = "backend"', GET .. "\r\n")
      assert.same({ line.backend.addr, "x" }, request)
      request = hosts('host = "backend"', "GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n")
      assert.same({ line.backend.addr, "y" }, request)
    end)

    it("of the backend if the client has said none, as HTTP/1.1 must have one", function()
      for _, keys in ipairs { "", 'host = "backend"' } do
        local seen = hosts(keys, "GET / HTTP/1.0\r\n\r\n")
        assert.same({ line.backend.addr, nil }, seen)
      end
    end)
  end)
end)
