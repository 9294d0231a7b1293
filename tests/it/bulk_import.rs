//! Rows of a file on their way into the program, as a browser's HTTP sees them.

use serde_json::{Value, json};

use super::pages::Person;
use super::server::{Server, text};

const MARKUP: &str = "<img src=x onerror=alert(1)>\"'";

/// Writes the rows; the page that tells what became of them.
fn imported(admin: &Person<'_>, what: &str, rows: &str) -> String {
    let made = admin.post("/admin/import", &[("what", what), ("rows", rows), ("confirmed", "1")]);
    assert_eq!(made.status, 303, "{}", made.text());
    admin.get(made.header("location").unwrap()).text()
}

#[test]
fn rows_that_lost_letters_are_refused() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let lost = admin.post("/admin/import", &[("what", "partners"), ("rows", "name\nM\u{fffd}ller\n"), ("confirmed", "1")]);
    assert!(lost.status == 422 && lost.text().contains("Some letters are lost"), "{}", lost.text());
    assert!(!admin.get("/admin/partners").text().contains("ller"));
}

#[test]
fn rows_are_tried_then_written_and_each_misfit_names_its_column() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    let rows = format!("Name;External ID;Email;Colour\nFern;f-1;f@example.com;red\n=1+1;f-1;;\n{MARKUP};;nope;\nMoss;;;\n");
    let tried = admin.post("/admin/import", &[("what", "partners"), ("rows", &rows)]);
    let page = tried.text();
    assert_eq!(tried.status, 200, "{page}");
    assert!(page.contains("external_id: another partner has that id"), "{page}");
    assert!(page.contains("email: is not an e-mail address") && page.contains("2 fit, 2 do not fit"), "{page}");
    assert!(page.contains("not used: colour") && !page.contains("<img src=x"), "{page}");
    assert!(server.ok("GET", "/partners", Value::Null)["data"].as_array().unwrap().is_empty(), "nothing was written");
    assert!(imported(&admin, "partners", &rows).contains("Created"));
    let names = || {
        let list = server.ok("GET", "/partners", Value::Null);
        list["data"].as_array().unwrap().iter().map(|partner| text(partner, "name")).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["Moss", "Fern"]);
    assert!(imported(&admin, "partners", &rows).contains("is the name of a partner already"));
    assert_eq!(names().len(), 2, "a file that is sent twice makes nobody twice");
    server.ok("POST", "/campaigns", json!({ "name": "Spring" }));
    let links = "destination,partner,slug,campaign,utm_source\nhttps://shop.example/,f-1,one,spring,news\n\
        https://shop.example/,Moss,ONE,,\nnope,Fern,a b,,\nhttps://shop.example/,Nobody,,Autumn,\n";
    let page = imported(&admin, "links", links);
    for told in [
        "slug: “ONE” is the ending of another link",
        "destination: is no web address",
        "slug: must be 1 to 64",
        "partner: names no",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(server.get("/one").header("location").unwrap().starts_with("https://shop.example/?utm_source=news"));
    let codes = "partner\tcode\nFern\tSAM20\nFern\tsam20\nMoss\t\n";
    let page = imported(&admin, "codes", codes);
    assert!(page.contains("2 fit, 1 does not fit") && page.contains("code: that code exists already"), "{page}");
    for (rows, told) in [
        ("", "no row to read"),
        ("name\n", "no row to read"),
        ("colour\nred\n", "a column is missing: name"),
        ("name,note\nFern,\"a\nMoss,b\n", "A quote is opened in row 2 and not closed."),
        ("name,E-mail,email\nFern,a@example.com,b@example.com\n", "a column is there twice: email"),
        (&format!("name\n{}", "x\n".repeat(1_001)), "more than 1,000 rows"),
    ] {
        let bad = admin.post("/admin/import", &[("what", "partners"), ("rows", rows)]);
        assert!(bad.status == 422 && bad.text().contains(told), "{rows:.20}: {}", bad.text());
    }
    // As much as is said fits, from those who may.
    let long = format!("name,external_id\n{}", format!("Partner,{}\n", "x".repeat(180)).repeat(900));
    assert_eq!(admin.post("/admin/import", &[("what", "partners"), ("rows", &long)]).status, 200);
    let guest = Person::new(&server);
    assert_eq!(guest.post_bare("/admin/import", &[("rows", &long)]).status, 413);
}

#[test]
fn columns_are_called_as_the_pages_call_them() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    server.ok("POST", "/groups", json!({ "name": "Gold" }));
    for rows in
        ["Name;E-Mail;Gruppe;Farbe\nFern;fern@example.com;Gold;rot\n", "\"Partner name\",E-mail\nMoss,moss@example.com\n"]
    {
        let tried = admin.post("/admin/import", &[("what", "partners"), ("rows", rows)]).text();
        assert!(tried.contains("1 fits, 0 do not fit"), "{tried}");
        assert_eq!(tried.contains("Columns that are not used: farbe"), rows.contains("Farbe"), "{tried}");
        imported(&admin, "partners", rows);
    }
    let partners = server.ok("GET", "/partners", Value::Null);
    let emails: Vec<String> = partners["data"].as_array().unwrap().iter().map(|partner| text(partner, "email")).collect();
    assert_eq!(emails, ["moss@example.com", "fern@example.com"]);
    assert!(partners["data"][1]["group_id"].is_string() || partners["data"][1]["group"].is_string(), "{partners}");
    imported(&admin, "campaigns", "Kampagne,UTM source\nSpring,news\nSPRING,\n");
    let campaigns = server.ok("GET", "/campaigns", Value::Null);
    assert_eq!((campaigns["data"].as_array().unwrap().len(), &campaigns["data"][0]["utm"]["source"]), (1, &json!("news")));
    let page =
        imported(&admin, "links", "Ziel;Partner;Endung;Kampagne\nshop.example;FERN;eins;spring\nshop.example;Moss;zwei;;x\n");
    assert!(page.contains("1 fits, 1 does not fit") && page.contains("more cells than there are columns"), "{page}");
    assert_eq!(server.get("/eins").status, 302);
}

#[test]
fn what_became_of_rows_can_be_looked_at_again_by_whoever_sent_them() {
    let server = Server::start();
    let admin = Person::first_admin(&server);
    admin.post("/account/views", &[("name", "My bots"), ("target", "/admin/touchpoints?verdict=bot")]);
    let rows = "name,email\nFern,\nMoss,nope\n";
    let csrf = admin.csrf();
    let fields = [("what", "partners"), ("rows", rows), ("confirmed", "1"), ("csrf", &csrf), ("once", "vw_1")];
    let made = ["first", "again"].map(|_| admin.post_bare("/admin/import", &fields).header("location").unwrap().to_owned());
    assert_eq!(made[0], made[1], "sent twice, it is done once");
    let shown = [(); 2].map(|()| admin.get(&made[0]).text());
    for page in &shown {
        assert!(page.contains("1 fits, 1 does not fit") && page.contains("Correct the rows left out"), "{page}");
        assert!(page.contains("My bots") && page.contains("is not an e-mail address"), "{page}");
    }
    super::pages::make_user(&admin, "other@example.com", "Other", "admin", "");
    assert_eq!(Person::signed_in(&server, "other@example.com").get(&made[0]).status, 404);
}
