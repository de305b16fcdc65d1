select a::int, b[1:2], c := 3, :d, :'e;', :"f;", :{?g};
