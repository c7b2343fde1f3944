--- Made-up requests: ordinary ones of many clients, and odd ones.

local request = require "luaproxy.testing.request"

local requests = {}

local ORDINARY = 1024
local ordinary = {}

-- What requests have been made of.
local made_of = setmetatable({}, { __mode = "k" })

local function make(given)
  local made = request.new(given)
  made_of[made] = given
  return made
end

-- The options of a request by the client I, by whatever a policy may tell clients apart.
local function client(i)
  return {
    path = ("/item/%d"):format(i),
    query = "page=" .. i % 7,
    host = ("shop%d.example.com"):format(i % 50),
    headers = { ["X-User"] = "user" .. i, ["User-Agent"] = "made-up/1.0", Accept = "*/*" },
    cookies = { uid = "u" .. i, session = ("%x"):format(i * 2654435761 % 0x100000000) },
    client = { ip = ("10.%d.%d.%d"):format(i >> 16 & 255, i >> 8 & 255, i & 255), port = 40000 },
    id = tostring(i),
  }
end

--- The request of one of many clients, no two of which have anything in common by which they are
-- told apart.
-- @tparam number i whose: a whole number from 1; there are 1,024
-- @treturn table
function requests.ordinary(i)
  i = (i - 1) % ORDINARY + 1
  ordinary[i] = ordinary[i] or make(client(i))
  return ordinary[i]
end

local function many_headers(count)
  local headers = {}
  for i = 1, count do headers["X-Field-" .. i] = ("value %d"):format(i) end
  return headers
end

local PATHS = {
  "/", "/index.html", "/a/b/c/d/e/f", "/api/v1/users/17", "/api/", "/static/site.css",
  "/thumbnails/1.png", "/%20%00%ff", "//double//slash", "/../../etc/passwd",
  "/" .. ("x"):rep(4000), "/\xc3\xa9", "/;p=1", "/%", "/*.[(%w+)]^$",
}
local METHODS = { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PURGE" }
local HOSTS = {
  "localhost", "admin.example.com", "EXAMPLE.com:8080", "[2001:db8::1]:8080", "10.0.0.1", "",
  "xn--bcher-kva.example", ("a"):rep(63) .. ".example",
}
local QUERIES = { "", "a=1&b=2", "=", "&&&", "q=" .. ("y"):rep(2000), "x=%zz" }
local CLIENTS = {
  { ip = "127.0.0.1", port = 40000 }, { ip = "2001:db8::17", port = 1 },
  { ip = "::1", port = 65535 },
  { ip = "::ffff:10.0.0.1", port = 1024 }, { ip = "255.255.255.255", port = 80 },
}
local HEADERS = {
  {}, many_headers(90), { Cookie = "a=" .. ("z"):rep(7000) }, { Cookie = ";;; =; a; b=" },
  { Cookie = "srv=forged; srv=again; uid=1" }, { ["X-User"] = "" }, { ["X-User"] = "\xff\xfe" },
  { ["X-Canary"] = "always" }, { ["X-Canary"] = "never" }, { Authorization = "Basic Og==" },
  { ["X-Forwarded-For"] = "1.2.3.4, unknown" }, { Range = "bytes=0-" }, { Upgrade = "websocket" },
}

local SERIES = {
  { "path", PATHS }, { "method", METHODS }, { "host", HOSTS }, { "query", QUERIES },
  { "client", CLIENTS }, { "headers", HEADERS },
}

--- The options of odd requests: each has one thing that a script might not have thought of.
-- @treturn {table,...}
function requests.odd_options()
  local list = {}
  for _, series in ipairs(SERIES) do
    for _, value in ipairs(series[2]) do
      list[#list + 1] = { [series[1]] = value, id = "odd" .. #list + 1 }
    end
  end
  return list
end

local odd

--- One of the odd requests.
-- @tparam number i a whole number from 1; after the last one they begin again
-- @treturn table
function requests.odd(i)
  if not odd then
    odd = {}
    for j, given in ipairs(requests.odd_options()) do odd[j] = make(given) end
  end
  return odd[(i - 1) % #odd + 1]
end

-- A text of which the end is left away if it is long.
local function short(text)
  return #text > 60 and ("%s... (%d bytes)"):format(text:sub(1, 40), #text) or text
end

local function names_of(headers)
  local names = {}
  for name, value in pairs(headers or {}) do
    names[#names + 1] = ("%s: %s"):format(name, short(value))
  end
  if #names > 3 then return (", %d headers"):format(#names) end
  table.sort(names)
  return #names > 0 and ", " .. table.concat(names, ", ") or ""
end

--- A request in a line, as complaints name it.
-- @tparam table given one of the requests from here, or its options
-- @treturn string
function requests.describe(given)
  given = made_of[given] or given
  local target = (given.path or "/") .. ((given.query or "") ~= "" and "?" .. given.query or "")
  local host = given.host and (", Host: %q"):format(short(given.host)) or ""
  local from = given.client and " from " .. given.client.ip or ""
  local text = short(target) .. host .. names_of(given.headers) .. from
  return (given.method or "GET") .. " " .. text:gsub("[%c\127-\255]", function(byte)
    return ("\\x%02x"):format(byte:byte())
  end)
end

return requests
