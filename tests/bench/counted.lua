--- What is counted in instructions.
--
-- A case is a table with `name`, `title`, `peer`, `request`: what is sent, `backends`: how many,
-- `warm`: requests until nearly every backend has the connections it will have, and `counted`: how
-- many are counted after them. With random choices that must be more: runs differ by half a million
-- instructions then.

local PLAIN = "GET /128 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"

-- What a browser says of itself: eleven fields in some 700 bytes.
local BROWSER = table.concat({
  "GET /128 HTTP/1.1",
  "Host: 127.0.0.1:8080",
  "Connection: keep-alive",
  'sec-ch-ua: "Chromium";v="126", "Not.A/Brand";v="24"',
  "sec-ch-ua-mobile: ?0",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    .. "Chrome/126.0.0.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    .. "image/apng,*/*;q=0.8",
  "Referer: http://127.0.0.1:8080/some/page/that/was/read/before",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-GB,en-US;q=0.9,en;q=0.8,de;q=0.7",
  "Cookie: session=3f6c1b9a7d5e4f2088c1d2e3f4a5b6c7; theme=dark; consent=necessary; "
    .. "_visits=17; _seen=1718000000",
  "Cache-Control: max-age=0",
}, "\r\n") .. "\r\n\r\n"

return {
  { name = "small", title = "round robin in Lua", peer = "luaproxy", request = PLAIN,
    backends = 3, warm = 500, counted = 2000 },
  { name = "small-c", title = "round robin in C", peer = "luaproxy-c", request = PLAIN,
    backends = 3, warm = 500, counted = 2000 },
  { name = "random2-1000", title = "two choices of 1,000 backends, in Lua",
    peer = "luaproxy-random2", request = PLAIN, backends = 1000, warm = 5000,
    counted = 8000 },
  { name = "browser", title = "a browser's request head, round robin in Lua", peer = "luaproxy",
    request = BROWSER, backends = 3, warm = 500, counted = 2000 },
}
