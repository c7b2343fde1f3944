--- Requests and responses as bytes. What is said in the fields is printed as it stands, even if it
-- is wrong; only what is missing is added.

local print_http = {}

local REASONS = {
  [100] = "Continue", [101] = "Switching Protocols", [200] = "OK", [201] = "Created",
  [204] = "No Content", [206] = "Partial Content", [301] = "Moved Permanently", [302] = "Found",
  [304] = "Not Modified", [400] = "Bad Request", [403] = "Forbidden", [404] = "Not Found",
  [429] = "Too Many Requests", [500] = "Internal Server Error", [502] = "Bad Gateway",
  [503] = "Service Unavailable", [504] = "Gateway Timeout",
}

-- Fields as a list of { name, value }: a list stays in its order, a map is sorted by name.
local function list_of(fields)
  local list = {}
  for _, field in ipairs(fields) do list[#list + 1] = field end
  local names = {}
  for name in pairs(fields) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local values = fields[name]
    for _, value in ipairs(type(values) == "table" and values or { values }) do
      list[#list + 1] = { name, value }
    end
  end
  return list
end

local function has(list, wanted)
  for _, field in ipairs(list) do
    if field[1]:lower() == wanted then return true end
  end
  return false
end

local function chunked(pieces, trailers)
  local out = {}
  for _, piece in ipairs(pieces) do
    out[#out + 1] = ("%x\r\n%s\r\n"):format(#piece, piece)
  end
  out[#out + 1] = "0\r\n"
  for _, field in ipairs(list_of(trailers or {})) do
    out[#out + 1] = ("%s: %s\r\n"):format(field[1], field[2])
  end
  out[#out + 1] = "\r\n"
  return table.concat(out)
end

-- Adds the field which says how long the body is, unless the author has said something himself.
local function frame(list, body)
  if has(list, "content-length") or has(list, "transfer-encoding") then return end
  if type(body) == "table" then
    list[#list + 1] = { "Transfer-Encoding", "chunked" }
  elseif body then
    list[#list + 1] = { "Content-Length", tostring(#body) }
  end
end

local function print_message(line, list, body, trailers)
  local out = { line }
  for _, field in ipairs(list) do
    out[#out + 1] = ("%s: %s"):format(field[1], field[2])
  end
  local text = type(body) == "table" and chunked(body, trailers) or body or ""
  return table.concat(out, "\r\n") .. "\r\n\r\n" .. text
end

--- A request.
-- @tparam table request `method` (GET), `target` (/), `version` (HTTP/1.1), `host` (localhost;
-- false for none), `fields`: map of name to value or values, or list of { name, value };
-- `body`: a string, or a list of strings to be sent as chunks; `trailers`: like fields
-- @treturn string
function print_http.request(request)
  local list = list_of(request.fields or {})
  if request.host ~= false and not has(list, "host") then
    table.insert(list, 1, { "Host", request.host or "localhost" })
  end
  frame(list, request.body)
  local line = ("%s %s %s"):format(request.method or "GET", request.target or "/",
    request.version or "HTTP/1.1")
  return print_message(line, list, request.body, request.trailers)
end

--- A response.
-- @tparam table response `status` (200), `reason`, `version`, `fields`, `body` (empty),
-- `trailers`: as for a request; `head_of = "HEAD"`: the body is announced, but not sent
-- @treturn string
function print_http.response(response)
  local status = response.status or 200
  local bodiless = status < 200 or status == 204 or status == 304
  local list = list_of(response.fields or {})
  local body = response.body or not bodiless and "" or nil
  frame(list, body)
  local line = ("%s %d %s"):format(response.version or "HTTP/1.1", status,
    response.reason or REASONS[status] or "Whatever")
  if response.head_of == "HEAD" then body = nil end
  return print_message(line, list, body, response.trailers)
end

return print_http
